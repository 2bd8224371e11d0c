import type { RawTensor } from '../platform/tensor/tensor';
import type { ChunkTensor } from '../subgraphs/inference/worker.contract';
import type { ItemSource } from './item-source';

interface ItemPosition {
  source: ItemSource;
  /** Position in its source. */
  index: number;
  tensors: ChunkTensor[];
}

/** Where an item's tensors lie before and after its run. */
export interface ItemStorage {
  read(tensors: ChunkTensor[]): Promise<RawTensor[]>;
  write(outputs: RawTensor[], index: number): Promise<ChunkTensor[]>;
}

/** One item on its way through the runner. Blobs are read shortly before the run, so that few are in memory. */
export class WorkItem {
  readonly source: ItemSource;
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

  constructor(position: ItemPosition, private readonly storage: ItemStorage) {
    this.source = position.source;
    this.index = position.index;
    this.#tensors = position.tensors;
    this.batchKey = batchKeyOf(position.tensors, this.source.outputs);
    this.rows = rowsOf(position.tensors);
  }

  /** Reads once, however often it is asked. */
  inputs(): Promise<RawTensor[]> {
    this.#inputs ??= this.storage.read(this.#tensors);
    return this.#inputs;
  }

  /** Puts its outputs where its source wants them. */
  write(outputs: RawTensor[]): Promise<ChunkTensor[]> {
    return this.storage.write(outputs, this.index);
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
