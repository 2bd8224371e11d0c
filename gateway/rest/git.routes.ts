import type { FastifyInstance } from 'fastify';
import { GIT_PREFIX } from '../../platform/bytes/byte-prefixes';
import type { Log } from '../../platform/log';
import type { Identification } from '../identity/identification';
import { passTo, streamBodies, type MountedByteRoute } from './byte.routes';
import { replyError } from './error.reply';

export interface GitRoutesOptions {
  routes: readonly MountedByteRoute[];
  identification: Identification;
  log: Log;
}

/** What makes Git ask its user, or its credential helper, for a name and a password. */
const CHALLENGE = 'Basic realm="modelgraph", charset="UTF-8"';

/** Repositories at `/git`, streamed to the model registry, which knows them. A key comes as Git sends passwords, or as a Bearer. */
export async function gitRoutes(app: FastifyInstance, { routes, identification, log }: GitRoutesOptions): Promise<void> {
  const mounted = routes.find(({ prefix }) => prefix === GIT_PREFIX);
  if (!mounted) return;
  streamBodies(app);
  app.setErrorHandler((error, request, reply) => replyError(error, request, reply, { log, challenge: CHALLENGE }));
  app.route({
    method: ['GET', 'HEAD', 'POST', 'PUT'], url: `${GIT_PREFIX}*`, exposeHeadRoute: false,
    async handler(request, reply) {
      request.record.door = 'git';
      request.record.prefix = GIT_PREFIX;
      const { raw, headers } = request;
      const caller = await identification.identify({ authorization: bearerOf(headers.authorization), remoteAddress: raw.socket.remoteAddress, headers });
      return passTo(mounted.route, caller, request, reply);
    },
  });
}

/** HTTP Basic (RFC 7617) with the key as its password, whatever the name; or as the name, with no password. */
export function bearerOf(authorization: string | undefined): string | undefined {
  const encoded = /^Basic +(\S+) *$/i.exec(authorization ?? '')?.[1];
  if (encoded === undefined) return authorization;
  const [, name = '', password = ''] = /^([^:]*):(.*)$/s.exec(Buffer.from(encoded, 'base64').toString()) ?? [];
  return `Bearer ${password || name}`;
}
