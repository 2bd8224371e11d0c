import { setImmediate as nextTurn } from 'node:timers/promises';
import type { GraphCensus } from './graph.census';
import { ATTRIBUTE, FUNCTION, GRAPH, NODE, SPARSE_TENSOR } from './onnx.fields';
import { readTensor } from './tensor.reader';
import { readValueInfo } from './value-info.reader';
import { invalid, type Field, type WireReader } from './wire.reader';

/** Loops inside loops; real models reach four. */
const DEPTH_MAX = 16;
/** How long the walk keeps the event loop from others. */
const SLICE_MS = 8;

/**
 * Walks graphs, their nodes, and the graphs inside nodes. Only these recursions are asynchronous, so that a large file is read in
 * slices and the process stays responsive, while the small messages are read at full speed.
 */
export class GraphWalker {
  #sliceEndsAt = performance.now() + SLICE_MS;

  constructor(
    private readonly reader: WireReader,
    private readonly census: GraphCensus,
  ) {}

  /** @param depth 0 for the model's own graph, whose inputs and outputs are the signature */
  async walkGraph(end: number, depth: number): Promise<void> {
    if (depth > DEPTH_MAX) throw invalid(`graphs are nested more than ${DEPTH_MAX} deep`);
    for (const field of this.reader.fields(end)) {
      if (this.#isDue()) await this.#breathe();
      if (field.number === GRAPH.NODE) await this.#walkNode(field.end, depth);
      else this.#readPart(field, depth);
    }
  }

  /** A model function has nodes, but no weights or edges of its own. */
  async walkFunction(end: number): Promise<void> {
    for (const field of this.reader.fields(end)) {
      if (field.number === FUNCTION.NODE) await this.#walkNode(field.end, 0);
    }
  }

  #readPart(field: Field, depth: number): void {
    switch (field.number) {
      case GRAPH.INITIALIZER:
        this.#readWeight(field.end, depth);
        break;
      case GRAPH.SPARSE_INITIALIZER:
        this.#readSparse(field.end, depth);
        break;
      case GRAPH.INPUT:
        if (depth === 0) this.census.addEdge('inputs', readValueInfo(this.reader, field.end));
        break;
      case GRAPH.OUTPUT:
        if (depth === 0) this.census.addEdge('outputs', readValueInfo(this.reader, field.end));
        break;
      default: // Names, documentation and inner values say nothing about how to serve the model.
    }
  }

  #readWeight(end: number, depth: number): void {
    const tensor = readTensor(this.reader, end);
    this.census.countTensor(tensor);
    if (depth === 0) this.census.initializerNames.add(tensor.name);
  }

  #readSparse(end: number, depth: number): void {
    for (const field of this.reader.fields(end)) {
      if (field.number === SPARSE_TENSOR.VALUES) this.#readWeight(field.end, depth);
    }
  }

  async #walkNode(end: number, depth: number): Promise<void> {
    let operator = '';
    let domain = '';
    for (const field of this.reader.fields(end)) {
      if (this.#isDue()) await this.#breathe();
      if (field.number === NODE.OP_TYPE) operator = this.reader.text(field);
      else if (field.number === NODE.DOMAIN) domain = this.reader.text(field);
      else if (field.number === NODE.ATTRIBUTE) await this.#walkAttribute(field.end, depth);
    }
    if (operator === '') throw invalid('a node has no operator');
    this.census.countNode(operator, domain);
  }

  async #walkAttribute(end: number, depth: number): Promise<void> {
    for (const field of this.reader.fields(end)) {
      if (this.#isDue()) await this.#breathe();
      if (field.number === ATTRIBUTE.GRAPH || field.number === ATTRIBUTE.GRAPHS) await this.walkGraph(field.end, depth + 1);
      else if (field.number === ATTRIBUTE.TENSOR || field.number === ATTRIBUTE.TENSORS)
        this.census.countTensor(readTensor(this.reader, field.end));
    }
  }

  #isDue(): boolean {
    return performance.now() > this.#sliceEndsAt;
  }

  async #breathe(): Promise<void> {
    await nextTurn();
    this.#sliceEndsAt = performance.now() + SLICE_MS;
  }
}
