import DataLoader from 'dataloader';
import type { Caller } from '../../platform/caller';
import { encodeCursor, type Page, type PageRequest } from '../../platform/paging';
import { unpackFrame, type FrameItem } from '../../platform/tensor/frame';
import type { ChunkKey, ChunkStore, ItemRange } from './item/chunk.store';
import { JobItem } from './item/job-item';
import type { Job } from './job/job';
import type { JobStatus } from './job/job.lifecycle';
import type { JobStore } from './job/job.store';

export interface DeploymentJobsKey {
  deploymentId: string;
  status: JobStatus | null;
  request: PageRequest;
}

type ChunkItems = FrameItem[] | null;

export interface InferenceLoaders {
  /** Null where the caller may not see the job. */
  jobById: DataLoader<string, Job | null>;
  jobsByDeployment: DataLoader<DeploymentJobsKey, Page<Job>, string>;
  itemsByRange: DataLoader<ItemRange, JobItem[], string>;
  /** Milliseconds of compute. */
  savedMsByJob: DataLoader<string, number>;
  inputsByChunk: DataLoader<ChunkKey, ChunkItems, string>;
  outputsByChunk: DataLoader<ChunkKey, ChunkItems, string>;
}

/** Fresh per operation and per subscription event: nothing read for one caller serves another. */
export function inferenceLoaders({ jobs, chunks }: { jobs: JobStore; chunks: ChunkStore }, caller: Caller): InferenceLoaders {
  const framesOf = (column: 'inputs' | 'outputs') => new DataLoader<ChunkKey, ChunkItems, string>(
    async (keys) => (await chunks.frames(column, keys)).map((frame) => frame && unpackFrame(frame)),
    { cacheKeyFn: ({ jobId, chunk }) => `${jobId}/${chunk}` },
  );
  return {
    jobById: new DataLoader((ids) => jobs.visible(caller, ids)),
    jobsByDeployment: new DataLoader((keys) => jobsOfDeployments(jobs, caller, keys), {
      cacheKeyFn: (key) => `${key.deploymentId} ${shapeOf(key)}`,
    }),
    itemsByRange: new DataLoader(async (ranges) => {
      const headers = await chunks.headers(ranges);
      return ranges.map((range, index) => itemsOf(range, headers[index]!));
    }, { cacheKeyFn: ({ jobId, from, to }) => `${jobId}/${from}-${to}` }),
    savedMsByJob: new DataLoader((ids) => chunks.savedMs(ids)),
    inputsByChunk: framesOf('inputs'),
    outputsByChunk: framesOf('outputs'),
  };
}

function itemsOf({ from, to }: ItemRange, headers: Awaited<ReturnType<ChunkStore['headers']>>[number]): JobItem[] {
  return headers
    .flatMap((header) => Array.from({ length: header.itemCount }, (_, position) => new JobItem(header, header.firstItem + position)))
    .filter(({ index }) => index >= from && index < to);
}

/** One statement for all deployments that are asked for the same page, which within one query are all of them. */
async function jobsOfDeployments(jobs: JobStore, caller: Caller, keys: readonly DeploymentJobsKey[]): Promise<Page<Job>[]> {
  const pages = new Map<DeploymentJobsKey, Page<Job>>();
  for (const shape of new Set(keys.map(shapeOf))) {
    const group = keys.filter((key) => shapeOf(key) === shape);
    const found = await jobs.ofDeployments(caller, { ...group[0]!, deploymentIds: group.map(({ deploymentId }) => deploymentId) });
    group.forEach((key, index) => pages.set(key, found[index]!));
  }
  return keys.map((key) => pages.get(key)!);
}

function shapeOf({ status, request: { limit, after } }: DeploymentJobsKey): string {
  return `${status ?? ''} ${limit} ${after ? encodeCursor(after) : ''}`;
}
