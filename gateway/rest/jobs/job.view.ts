import type { z } from 'zod';
import type { event, itemPage, job, jobPage, jobRequest } from './job.shapes';

type Job = z.infer<typeof job>;
type Item = z.infer<typeof event>['items'][number];
type Output = NonNullable<Item['outputs']>[number];

/** As the graph gives them. */
export type GraphJob = Omit<Job, 'deployment' | 'version'> & { deployment: { fullName: string } | null; modelVersion: { number: number } | null };
export type GraphItem = Omit<Item, 'outputs'> & { outputs: (Omit<Output, 'data'> & { json?: unknown })[] | null };
export type GraphEvent = Omit<z.infer<typeof event>, 'items'> & { items: GraphItem[] };
export interface GraphPage<Node> {
  edges: { node: Node }[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
}

export function toJob({ deployment, modelVersion, ...rest }: GraphJob): Job {
  return { ...rest, deployment: deployment?.fullName ?? null, version: modelVersion?.number ?? null };
}

export function toEvent({ items, ...rest }: GraphEvent): z.infer<typeof event> {
  return { ...rest, items: items.map(toItem) };
}

export function toJobPage(page: GraphPage<GraphJob>): z.infer<typeof jobPage> {
  return { jobs: page.edges.map(({ node }) => toJob(node)), next: nextOf(page) };
}

export function toItemPage(page: GraphPage<GraphItem>): z.infer<typeof itemPage> {
  return { items: page.edges.map(({ node }) => toItem(node)), next: nextOf(page) };
}

/** What `submitInference` takes. */
export function toSubmit({ items, ...rest }: z.infer<typeof jobRequest>, idempotencyKey: string | undefined): object {
  const inputs = items.map((item) => ({ inputs: item.inputs.map(({ data, ...tensor }) => ({ ...tensor, ...(data === undefined ? {} : { json: data }) })) }));
  return { ...rest, items: inputs, ...(idempotencyKey === undefined ? {} : { idempotencyKey }) };
}

function toItem({ outputs, ...rest }: GraphItem): Item {
  return { ...rest, outputs: outputs && outputs.map(({ json, ...output }) => ({ ...output, ...(json === undefined ? {} : { data: json as Output['data'] }) })) };
}

function nextOf({ pageInfo: { hasNextPage, endCursor } }: GraphPage<unknown>): string | null {
  return hasNextPage ? endCursor : null;
}
