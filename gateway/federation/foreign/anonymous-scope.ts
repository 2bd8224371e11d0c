import type { RequestScope } from '../../../platform/caller';
import { newId } from '../../../platform/uuid';
import { ANONYMOUS } from '../../identity/identification';

/** What the gateway asks for itself: a subgraph's SDL, a socket. */
export const anonymousScope = (): RequestScope => ({ requestId: newId(), caller: ANONYMOUS });
