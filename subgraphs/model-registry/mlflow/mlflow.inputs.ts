import { z } from 'zod';

/** What MLflow's clients send, in bodies or, with GET, in the query, where everything is text (mlflow/protos/model_registry.proto). */

const name = z.string();
const version = z.union([z.string(), z.number()]).transform(String).pipe(z.string().regex(/^[1-9]\d{0,8}$/)).transform(Number);
const tag = z.object({ key: z.string(), value: z.string().default('') });
const description = z.string().optional();
const ofVersion = z.object({ name, version });

export const ofModel = z.object({ name });
export const newModel = z.object({ name, tags: z.array(tag).default([]), description });
export const modelUpdate = z.object({ name, description });
export const modelTag = tag.extend({ name });
export const modelTagKey = z.object({ name, key: z.string() });
export const ofAlias = z.object({ name, alias: z.string() });
export const aliasMove = ofAlias.extend({ version });
export const search = z.object({
  filter: z.string().optional(), max_results: z.coerce.number().int().optional(), order_by: z.union([z.array(z.string()), z.string().transform((text) => [text])]).optional(),
  page_token: z.string().optional(),
});
export const newVersion = z.object({ name, source: z.string(), run_id: z.string().optional(), tags: z.array(tag).default([]), run_link: z.string().optional(), description, model_id: z.string().optional() });
export const versionUpdate = ofVersion.extend({ description });
export const versionTag = ofVersion.extend(tag.shape);
export const versionTagKey = ofVersion.extend({ key: z.string() });
export { ofVersion };
