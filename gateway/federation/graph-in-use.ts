import type { ExecutionResult, GraphQLSchema } from 'graphql';
import { EventStream } from '../../platform/stream/event-stream';
import type { OperationRequest, Supergraph } from './supergraph';

/** A graph that counts what runs on it, so that it is known when nothing does any more. */
export class GraphInUse implements Supergraph {
  readonly apiSchema: GraphQLSchema;
  readonly sdl: string;
  #uses = 0;
  #isOver = false;
  #onIdle: (() => void) | null = null;

  constructor(private readonly graph: Supergraph) {
    this.apiSchema = graph.apiSchema;
    this.sdl = graph.sdl;
  }

  /** Retired, and nothing runs on it: its subgraphs' connections may be closed. */
  get isOver(): boolean {
    return this.#isOver;
  }

  async execute(request: OperationRequest): Promise<ExecutionResult> {
    this.#uses += 1;
    try {
      return await this.graph.execute(request);
    } finally {
      this.#leave();
    }
  }

  async subscribe(request: OperationRequest): Promise<AsyncIterableIterator<ExecutionResult> | ExecutionResult> {
    this.#uses += 1;
    let isOpen = false;
    try {
      const answer = await this.graph.subscribe(request);
      if (!(Symbol.asyncIterator in answer)) return answer;
      isOpen = true;
      return new EventStream(answer, (event) => event, () => this.#leave());
    } finally {
      if (!isOpen) this.#leave();
    }
  }

  /** Resolves once all that runs on it has ended. */
  retire(): Promise<void> {
    return new Promise((resolve) => {
      this.#onIdle = resolve;
      this.#endIfIdle();
    });
  }

  #leave(): void {
    this.#uses -= 1;
    this.#endIfIdle();
  }

  #endIfIdle(): void {
    if (this.#uses > 0 || !this.#onIdle) return;
    this.#isOver = true;
    this.#onIdle();
  }
}
