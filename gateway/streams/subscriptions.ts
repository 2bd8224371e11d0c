import type { ExecutionResult } from 'graphql';
import type { OperationRequest } from '../federation/supergraph';
import type { SharedStreams } from './shared.streams';
import type { StreamQuota } from './stream.quota';
import type { StreamPlace, StreamReader } from './stream.reader';
import type { SubscriptionRequest } from './stream.scope';

export interface SubscriptionRunner {
  subscribe(request: OperationRequest): Promise<AsyncIterator<ExecutionResult> | ExecutionResult>;
}

/** Opens subscriptions for all doors, within the caps. */
export class Subscriptions {
  constructor(private readonly runner: SubscriptionRunner, private readonly streams: SharedStreams, private readonly quota: StreamQuota) {}

  /**
   * The reader must be told of `leave` when its client goes; its place among the open ones is free then, or once the stream has ended.
   * @throws TOO_MANY_STREAMS
   */
  open(request: SubscriptionRequest, reader: StreamReader): StreamPlace {
    const release = this.quota.take(request.scope.caller.principalId);
    const { document, operation, variables, scope } = request;
    const counted: StreamReader = {
      take: (result) => reader.take(result),
      end: (end) => { release(); reader.end(end); },
    };
    const operationName = operation.name?.value ?? null;
    const { resume, leave } = this.streams.join(request, counted, () => this.runner.subscribe({ document, operationName, variables, scope }));
    return { resume, leave: () => { release(); leave(); } };
  }
}
