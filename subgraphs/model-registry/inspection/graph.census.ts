import type { ExternalData } from './external-data';
import type { EdgeFacts } from './value-info.reader';
import type { TensorFacts } from './tensor.reader';
import { invalid } from './wire.reader';

const DISTINCT_MAX = 5_000;
const EDGES_MAX = 4_096;

/** Counts what the walk through a model meets. */
export class GraphCensus {
  readonly inputs: EdgeFacts[] = [];
  readonly outputs: EdgeFacts[] = [];
  /** Of the outermost graph: inputs that have a default are no inputs. */
  readonly initializerNames = new Set<string>();
  nodeCount = 0;
  parameterCount = 0;
  weightBytes = 0;
  /** Of each file, location as it is written, the tensor that needs most of it. */
  readonly #externals = new Map<string, ExternalData>();
  readonly #operators = new Map<string, number>();
  readonly #weightTypes = new Map<string, number>();

  countNode(operator: string, domain: string): void {
    this.nodeCount += 1;
    tally(this.#operators, domain === '' || domain === 'ai.onnx' ? operator : `${domain}::${operator}`);
  }

  countTensor(tensor: TensorFacts): void {
    this.parameterCount += tensor.elementCount;
    this.weightBytes += tensor.payloadBytes;
    if (!Number.isSafeInteger(this.parameterCount)) throw invalid(`the tensor "${tensor.name}" has an absurd shape`);
    tally(this.#weightTypes, tensor.type);
    if (tensor.external) this.#countExternal(tensor.external);
  }

  addEdge(side: 'inputs' | 'outputs', edge: EdgeFacts): void {
    if (this[side].length === EDGES_MAX) throw invalid(`it has more than ${EDGES_MAX} ${side}`);
    this[side].push(edge);
  }

  get externals(): ExternalData[] {
    return [...this.#externals.values()];
  }

  #countExternal(external: ExternalData): void {
    const { location, offset, lengthBytes } = external;
    const most = this.#externals.get(location);
    if (!most || most.offset + most.lengthBytes < offset + lengthBytes) this.#externals.set(location, external);
    if (this.#externals.size > DISTINCT_MAX) throw invalid(`its weights lie in more than ${DISTINCT_MAX} files`);
  }

  get operators(): { name: string; count: number }[] {
    return mostFirst(this.#operators);
  }

  get weightTypes(): { name: string; count: number }[] {
    return mostFirst(this.#weightTypes);
  }
}

function tally(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
  if (counts.size > DISTINCT_MAX) throw invalid(`it uses more than ${DISTINCT_MAX} different operators`);
}

function mostFirst(counts: ReadonlyMap<string, number>): { name: string; count: number }[] {
  return [...counts].map(([name, count]) => ({ name, count })).sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1));
}
