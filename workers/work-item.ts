import type { RawTensor } from '../platform/tensor/tensor';
import type { ChunkTensor } from '../subgraphs/inference/worker.contract';
import type { ItemSource } from './item-source';
import type { BatchExtent, TensorBatching } from './runner.port';
import type { RunSize } from './scheduler/run-prediction';

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

/** Items of a refused batch that run together to find the one at fault. */
export interface BatchPart {
  readonly items: readonly WorkItem[];
}

/** One item on its way through the runner. Blobs are read shortly before the run, so that few are in memory. */
export class WorkItem {
  readonly source: ItemSource;
  readonly index: number;
  readonly readyAt = performance.now();
  /** Runs that failed with this item in hand. */
  failedRuns = 0;
  /** After a batch has timed out or killed its runner its items never meet another item again. */
  runsAlone = false;
  /** After a batch was refused: the half of it that it runs with next, and with no others. */
  part: BatchPart | null = null;
  /** Equal keys may share a batch: same tensors and datatypes, lengths that fit together, same outputs wanted. */
  readonly batchKey: string;
  /** What it takes of a batch; null where it can only run alone. */
  readonly extent: BatchExtent | null;
  /** Elements of all inputs. */
  readonly elements: number;
  readonly #tensors: ChunkTensor[];
  #inputs: Promise<RawTensor[]> | null = null;

  constructor(position: ItemPosition, private readonly storage: ItemStorage, batching: Pick<TensorBatching, 'keyOf' | 'extentOf'>) {
    this.source = position.source;
    this.index = position.index;
    this.#tensors = position.tensors;
    this.batchKey = batching.keyOf(position.tensors, this.source.outputs);
    this.extent = batching.extentOf(position.tensors);
    this.elements = position.tensors.reduce((sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1), 0);
  }

  /** Along the batch dimension; null where the inputs disagree about it. */
  get rows(): number | null {
    return this.extent?.rows ?? null;
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

/** What a run of them together takes in. */
export function sizeOf(items: readonly WorkItem[]): RunSize {
  let [rows, elements] = [0, 0];
  for (const item of items) {
    rows += item.rows ?? 1;
    elements += item.elements;
  }
  return { rows, elements };
}
