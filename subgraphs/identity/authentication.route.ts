import { z } from 'zod';
import { callerShape } from '../../platform/caller.shape';
import type { InternalRoute } from '../../platform/subgraph/internal-endpoint';
import type { IdentityService } from './identity.service';

const question = z.object({ secrets: z.array(z.string()).max(1_000) });

/**
 * How a gateway in another process authenticates: `POST /internal/authenticate { secrets }` → for each the caller who holds the key, or
 * null; `POST /internal/principals` with a caller whom it knows by a token → null.
 */
export function authenticationRoutes(identity: IdentityService): InternalRoute[] {
  return [
    { path: '/internal/authenticate', answer: (body) => identity.authenticateAll(question.parse(body).secrets) },
    { path: '/internal/principals', answer: (body) => identity.keep(callerShape.parse(body)).then(() => null) },
  ];
}
