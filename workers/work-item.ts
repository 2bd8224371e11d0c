import type { RawTensor } from '../platform/tensor/tensor';
import type { ChunkTensor } from '../subgraphs/inference/worker.contract';
import type { ChunkWork } from './chunk-work';

interface ItemPosition {
  chunk: ChunkWork;
  /** Position in its chunk. */
  index: number;
  tensors: ChunkTensor[];
}

/** One item of a claimed chunk on its way through the runner. Blobs are read shortly before the run, so that few are in memory. */
export class WorkItem {
  readonly chunk: ChunkWork;
  readonly index: number;
  readonly readyAt = performance.now();
  /** Runs that failed with this item in hand. */
  failedRuns = 0;
  /** After a batch has failed its items never meet another item again. */
  runsAlone = false;
  /** Equal keys may share a batch: same tensors, datatypes, dimensions 1 and on, same outputs wanted. */
  readonly batchKey: string;
  /** Size of dimension 0, or null where the inputs disagree about it. */
  readonly rows: number | null;
  readonly #tensors: ChunkTensor[];
  #inputs: Promise<RawTensor[]> | null = null;

  constructor(position: ItemPosition, private readonly read: (tensors: ChunkTensor[]) => Promise<RawTensor[]>) {
    this.chunk = position.chunk;
    this.index = position.index;
    this.#tensors = position.tensors;
    this.batchKey = batchKeyOf(position.tensors, this.chunk.claimed.outputs);
    this.rows = rowsOf(position.tensors);
  }

  /** Reads once, however often it is asked. */
  inputs(): Promise<RawTensor[]> {
    this.#inputs ??= this.read(this.#tensors);
    return this.#inputs;
  }

  /** Starts reading ahead; a failure shows when the item runs. */
  prefetch(): void {
    this.inputs().catch(() => undefined);
  }
}

function batchKeyOf(tensors: ChunkTensor[], outputs: string[] | null): string {
  const inputs = tensors.map(({ name, datatype, shape }) => `${name}:${datatype}:${shape.length}:${shape.slice(1).join('x')}`);
  return JSON.stringify([inputs.sort(), outputs]);
}

function rowsOf(tensors: ChunkTensor[]): number | null {
  const rows = tensors[0]?.shape[0];
  return rows !== undefined && rows > 0 && tensors.every(({ shape }) => shape[0] === rows) ? rows : null;
}
