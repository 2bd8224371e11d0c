import type { RequestScope } from '../../platform/caller';
import { isErrorCode, PlatformError } from '../../platform/errors';
import type { Admission } from '../graphql/admission';
import type { Documents, Prepared } from '../graphql/documents';
import type { OperationRunner } from '../graphql/operation.runner';
import type { StreamPlace, StreamReader } from '../streams/stream.reader';
import type { Subscriptions } from '../streams/subscriptions';

export interface GraphClientParts {
  documents: Documents;
  admission: Admission;
  runner: OperationRunner;
  subscriptions: Subscriptions;
}

export interface GraphRequest {
  /** A document of our own: it need not be in a manifest of trusted ones. */
  text: string;
  variables: Readonly<Record<string, unknown>>;
  scope: RequestScope;
}

/** The graph as the REST routes ask it: what an operation costs and may do is the same as at `/graphql`. */
export class GraphClient {
  constructor(private readonly parts: GraphClientParts) {}

  /** The data. @throws the first error of the answer, with its code and details; COST_TOO_HIGH, RATE_LIMITED */
  async ask<Data>({ text, variables, scope }: GraphRequest): Promise<Data> {
    const prepared = this.#prepare(text);
    const charged = await this.parts.admission.charge(prepared, variables, scope);
    const { data, errors } = await this.parts.runner.execute({ document: prepared.document, operationName: null, variables, scope: charged });
    if (errors?.[0]) throw refusalOf(errors[0]);
    return data as Data;
  }

  /** @throws TOO_MANY_STREAMS, COST_TOO_HIGH, RATE_LIMITED */
  async follow({ text, variables, scope }: GraphRequest, reader: StreamReader): Promise<StreamPlace> {
    const prepared = this.#prepare(text);
    const charged = await this.parts.admission.charge(prepared, variables, scope);
    return this.parts.subscriptions.open({ document: prepared.document, operation: prepared.operation, variables, scope: charged }, reader);
  }

  #prepare(text: string): Prepared {
    const prepared = this.parts.documents.prepare(text, null);
    if ('errors' in prepared) throw new Error(`A document of our own is refused: ${prepared.errors[0]?.message}`);
    return prepared;
  }
}

function refusalOf({ message, extensions = {} }: { message: string; extensions?: Readonly<Record<string, unknown>> }): PlatformError {
  const { code, requestId: _requestId, ...details } = extensions;
  return new PlatformError(isErrorCode(code) ? code : 'INTERNAL_SERVER_ERROR', message, details);
}
