import { z } from 'zod';
import { MLFLOW_PREFIX } from '../../../platform/bytes/byte-prefixes';
import type { ErrorCode } from '../../../platform/errors';
import { described } from '../openapi/described';
import type { DocumentedRoute } from '../openapi/documented.route';
import type { Dialect } from './dialect';

const json = (shape: z.ZodType, description: string): object => ({ description, content: { 'application/json': { schema: described(shape) } } });
const REFUSED = json(z.object({ error_code: z.string(), message: z.string() }), 'Refused; the code is one of MLflow\'s.');

const TAGS = { tags: ['MLflow model registry'] };
const tag = { key: z.string(), value: z.string() };
const tags = z.array(z.object(tag));
const name = z.string().describe('`name` in the default namespace, `namespace/name` in another.');
const version = z.object({
  name, version: z.string(), creation_timestamp: z.number().int(), last_updated_timestamp: z.number().int(), user_id: z.string(), current_stage: z.string(), description: z.string().optional(),
  source: z.string(), status: z.enum(['PENDING_REGISTRATION', 'READY', 'FAILED_REGISTRATION']), status_message: z.string().optional(), tags, aliases: z.array(z.string()),
});
const model = z.object({
  name, creation_timestamp: z.number().int(), last_updated_timestamp: z.number().int(), description: z.string().optional(), tags, latest_versions: z.array(version),
  aliases: z.array(z.object({ alias: z.string(), version: z.string() })),
});
const oneModel = z.object({ registered_model: model });
const oneVersion = z.object({ model_version: version });
const none = z.object({});

const ofModel = z.object({ name });
const ofVersion = z.object({ name, version: z.string() });
const ofAlias = z.object({ name, alias: z.string() });
const searchQuery = z.object({
  filter: z.string().optional().describe('Such as `name LIKE \'ocr%\' AND tags.task = \'text\'`.'), max_results: z.string().optional().describe('100 when left out; a page has at most 1,000.'),
  order_by: z.string().optional(), page_token: z.string().optional(),
});

interface Told {
  method: DocumentedRoute['method'];
  path: string;
  summary: string;
  /** In the query with GET, otherwise in the body. */
  input: z.ZodType;
  output: z.ZodType;
}

function told({ method, path, summary, input, output }: Told): DocumentedRoute {
  const operationId = `mlflow${String(method)} ${path}`.replace(/[^A-Za-z]+(\w)/g, (_, letter: string) => letter.toUpperCase());
  const given = method === 'GET' ? { querystring: described(input) } : { body: described(input) };
  return { method, url: `${MLFLOW_PREFIX}/${path}`, schema: { ...TAGS, operationId, summary, ...given, response: { 200: json(output, summary), '4xx': REFUSED } } };
}

const ROUTES: readonly DocumentedRoute[] = ([
  { method: 'POST', path: 'registered-models/create', summary: 'Makes a model', input: ofModel.extend({ description: z.string().optional(), tags: tags.optional() }), output: oneModel },
  { method: 'GET', path: 'registered-models/get', summary: 'Reads a model', input: ofModel, output: oneModel },
  { method: 'GET', path: 'registered-models/search', summary: 'Searches models', input: searchQuery, output: z.object({ registered_models: z.array(model), next_page_token: z.string().optional() }) },
  { method: 'PATCH', path: 'registered-models/update', summary: 'Changes the description of a model', input: ofModel.extend({ description: z.string().optional() }), output: oneModel },
  { method: 'DELETE', path: 'registered-models/delete', summary: 'Archives a model', input: ofModel, output: none },
  { method: 'POST', path: 'registered-models/get-latest-versions', summary: 'Reads the newest version of a model', input: ofModel, output: z.object({ model_versions: z.array(version) }) },
  { method: 'POST', path: 'registered-models/set-tag', summary: 'Sets a tag of a model', input: ofModel.extend(tag), output: none },
  { method: 'DELETE', path: 'registered-models/delete-tag', summary: 'Removes a tag of a model', input: ofModel.extend({ key: tag.key }), output: none },
  { method: 'POST', path: 'registered-models/alias', summary: 'Makes or moves an alias', input: ofAlias.extend({ version: z.string() }), output: none },
  { method: 'GET', path: 'registered-models/alias', summary: 'Reads the version that an alias names', input: ofAlias, output: oneVersion },
  { method: 'DELETE', path: 'registered-models/alias', summary: 'Removes an alias', input: ofAlias, output: none },
  {
    method: 'POST', path: 'model-versions/create', summary: 'Makes a version from another, whose file it shares', output: oneVersion,
    input: ofModel.extend({ source: z.string().describe('`models:/<name>/<version>` or `models:/<name>@<alias>`.'), description: z.string().optional(), tags: tags.optional() }),
  },
  { method: 'GET', path: 'model-versions/get', summary: 'Reads a version', input: ofVersion, output: oneVersion },
  { method: 'GET', path: 'model-versions/search', summary: 'Searches versions', input: searchQuery, output: z.object({ model_versions: z.array(version), next_page_token: z.string().optional() }) },
  { method: 'PATCH', path: 'model-versions/update', summary: 'Changes the description of a version', input: ofVersion.extend({ description: z.string().optional() }), output: oneVersion },
  { method: 'DELETE', path: 'model-versions/delete', summary: 'Archives a version', input: ofVersion, output: none },
  { method: 'GET', path: 'model-versions/get-download-uri', summary: 'Tells where the files of a version are', input: ofVersion, output: z.object({ artifact_uri: z.string() }) },
  { method: 'POST', path: 'model-versions/set-tag', summary: 'Sets a tag of a version', input: ofVersion.extend(tag), output: none },
  { method: 'DELETE', path: 'model-versions/delete-tag', summary: 'Removes a tag of a version', input: ofVersion.extend({ key: tag.key }), output: none },
] satisfies Told[]).map(told);

const FILES = `${MLFLOW_PREFIX}-artifacts/artifacts`;

const FILE_ROUTES: readonly DocumentedRoute[] = [
  {
    method: 'GET', url: FILES, schema: {
      ...TAGS, operationId: 'mlflowListArtifacts', summary: 'Lists a folder of a version', querystring: described(z.object({ path: z.string().describe('`<namespace>/<name>/v<number>`, and a folder below it.') })),
      response: { 200: json(z.object({ files: z.array(z.object({ path: z.string(), is_dir: z.boolean(), file_size: z.number().int().optional() })) }), 'What lies in it.'), '4xx': REFUSED },
    },
  },
  {
    method: 'GET', url: `${FILES}/*`, schema: {
      ...TAGS, operationId: 'mlflowGetArtifact', summary: 'The bytes of a file of a version, or a range of them', params: described(z.object({ '*': z.string().describe('`<namespace>/<name>/v<number>/<file>`.') })),
      response: { 200: { description: 'The file.', content: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } } }, '4xx': REFUSED },
    },
  },
];

/** The registry maps its own refusals; these are the gateway's. */
const CODES: Partial<Record<ErrorCode, string>> = { UNAUTHENTICATED: 'UNAUTHENTICATED', SUBGRAPH_UNAVAILABLE: 'TEMPORARILY_UNAVAILABLE', ISSUER_UNAVAILABLE: 'TEMPORARILY_UNAVAILABLE', UNAVAILABLE: 'TEMPORARILY_UNAVAILABLE' };

/** The model registry of MLflow. */
export const MLFLOW: Dialect = {
  prefix: MLFLOW_PREFIX, door: 'mlflow', routes: [...ROUTES, ...FILE_ROUTES],
  shape: ({ code, message }) => ({ error_code: CODES[code] ?? 'INTERNAL_ERROR', message }),
};
