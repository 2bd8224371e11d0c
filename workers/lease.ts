import type { Lease } from '../subgraphs/inference/worker.contract';

/** One text per lease, for maps. */
export function leaseKey({ jobId, chunk, lease }: Lease): string {
  return `${jobId}/${chunk}/${lease}`;
}

/** The lease alone, whatever else the object carries. */
export function leaseOf({ jobId, chunk, lease }: Lease): Lease {
  return { jobId, chunk, lease };
}
