import type { ExecutionResult } from 'graphql';
import type { RequestScope } from '../../platform/caller';
import type { Variables } from './subgraph-client';

/**
 * How a subgraph in another process is subscribed to. What the subgraph refuses is the only event, without data; a connection that fails
 * is a last event that says SUBGRAPH_UNAVAILABLE. Nothing reconnects by itself: events of the gap would be lost unseen.
 */
export interface SubscriptionTransport {
  subscribe(query: string, variables: Variables | undefined, scope: RequestScope): Promise<AsyncIterableIterator<ExecutionResult>>;
  close(): Promise<void>;
}
