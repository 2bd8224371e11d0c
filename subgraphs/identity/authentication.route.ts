import { z } from 'zod';
import type { InternalRoute } from '../../platform/subgraph/internal-endpoint';
import type { ApiKeyService } from './api-key.service';

const question = z.object({ secret: z.string() });

/** `POST /internal/authenticate { secret }` → the caller who holds the key, or null: how a gateway in another process authenticates. */
export function authenticationRoute(keys: ApiKeyService): InternalRoute {
  return { path: '/internal/authenticate', answer: (body) => keys.authenticate(question.parse(body).secret) };
}
