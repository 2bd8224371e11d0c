import type { Supergraph } from '../federation/supergraph';

/** What a graph is made of at one moment. */
export interface GraphDraft {
  /** Equal for drafts that make the same graph. */
  readonly fingerprint: string;
  /** Subgraphs of other people in it, each with a look whether it is there. */
  readonly foreign: readonly { name: string; check(): Promise<string | null> }[];
  /** Headers of clients that some subgraph gets. */
  readonly forwardHeaders: readonly string[];
  /** @throws CONFIGURATION_INVALID when it does not compose */
  build(): Supergraph;
  /** Once no graph of this draft is in use: connections that no other draft uses are closed. */
  release(): Promise<void>;
}

/** Where a graph comes from. */
export interface GraphSource {
  /**
   * Reads all of it, again each time. The first read waits for subgraphs that are late.
   * @throws CONFIGURATION_INVALID, SUBGRAPH_UNAVAILABLE
   */
  read(): Promise<GraphDraft>;
  /** What the last read, also one that failed, took from disk: worth another look when it changes. */
  readonly files: readonly string[];
}
