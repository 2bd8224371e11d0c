import os from 'node:os';
import type { WorkerDescription } from '../subgraphs/deployment/worker.contract';

/** What is left is for the system, the worker itself and the runners' own base. */
const SHARE_FOR_REPLICAS = 0.75;

/** Memory that this process may count on: the machine's, or its container's when that is less. */
export function availableMemoryBytes(): number {
  const constrainedBytes = process.constrainedMemory();
  return constrainedBytes > 0 ? Math.min(constrainedBytes, os.totalmem()) : os.totalmem();
}

/** How much of it replicas may reserve on each of so many workers of one machine. */
export function replicaMemoryBytes(workers: number): number {
  return Math.floor((availableMemoryBytes() * SHARE_FOR_REPLICAS) / workers);
}

export function describeWorker(settings: { name: string; memoryBytes: number | null; directAddress: string | null }): WorkerDescription {
  const memoryBytes = settings.memoryBytes ?? replicaMemoryBytes(1);
  return {
    name: settings.name, host: os.hostname(), pid: process.pid, memoryBytes, directAddress: settings.directAddress,
    devices: [{ name: 'cpu', kind: 'cpu', memoryBytes: availableMemoryBytes() }],
  };
}
