import type { RequestScope } from '../../../platform/caller';
import type { LinkFailure } from './link-failure';

/** Where a subgraph in another process takes queries and mutations. */
export interface GraphQLEndpoint {
  readonly name: string;
  /**
   * Sends one request and reads its whole answer, whatever that is.
   * @throws SUBGRAPH_UNAVAILABLE when there is none
   */
  ask(body: string, call: { scope: RequestScope; signal?: AbortSignal }): Promise<{ status: number; text: string }>;
  unavailable(reason: string, cause?: unknown): LinkFailure;
  /** Null, or why it cannot answer. */
  check(): Promise<string | null>;
  close(): Promise<void>;
}
