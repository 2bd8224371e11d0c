import { PlatformError } from '../../../platform/errors';

/** A subgraph gave no answer. */
export class LinkFailure extends PlatformError {
  /** Whether the same request may well be answered at once: a connection that broke, a proxy without its server. */
  readonly isTransient: boolean;

  constructor(subgraph: string, reason: string, { cause, isTransient = false }: { cause?: unknown; isTransient?: boolean } = {}) {
    super('SUBGRAPH_UNAVAILABLE', `The subgraph "${subgraph}" did not answer: ${reason}`, {}, { cause });
    this.isTransient = isTransient;
  }
}
