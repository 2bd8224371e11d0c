import type { HTTPMethods } from 'fastify';

/** A route as `/openapi.json` tells it. */
export interface DocumentedRoute {
  method: HTTPMethods;
  url: string;
  schema: object;
}
