import type { FastifyReply, FastifyRequest } from 'fastify';
import type { RequestRecord } from '../../request.record';
import type { ClientError } from '../error.reply';
import type { DocumentedRoute } from '../openapi/documented.route';

/** The REST of another product, whose clients are served from here: where it lies, what is told of it, and how it refuses. */
export interface Dialect {
  prefix: string;
  door: RequestRecord['door'];
  /** For `/openapi.json`; whatever else lies below the prefix is passed on as well. */
  routes: readonly DocumentedRoute[];
  /** The key in the form of ours, where its clients show keys in another. */
  bearerOf?(authorization: string | undefined): string | undefined;
  /** The body of a refusal that the gateway itself gives. */
  shape(error: ClientError): object;
  /** Headers that its clients read on such a refusal. */
  refusalHeaders?(request: FastifyRequest, thrown: unknown): Parameters<FastifyReply['headers']>[0];
}
