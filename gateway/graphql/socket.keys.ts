import { CloseCode, type ConnectionInitMessage } from 'graphql-ws';
import type { Caller } from '../../platform/caller';
import { messageOf, PlatformError } from '../../platform/errors';
import type { Identification } from '../identity/identification';
import type { SocketExtra } from './socket.connection';

/** RFC 6455 registry: try again later. Clients of graphql-ws reconnect after it. */
const TRY_AGAIN_LATER = 1013;

/** `authorization` of the connectionParams, else the header of the upgrade; a value that is no text is a key that is invalid. */
export function authorizationOf(params: ConnectionInitMessage['payload'], header: string | undefined): string | undefined {
  const shown = params?.['authorization'] ?? params?.['Authorization'] ?? header;
  return shown === undefined || typeof shown === 'string' ? shown : '';
}

/** @throws UNAUTHENTICATED */
export function identifySocket({ request, authorization }: SocketExtra, identification: Identification): Promise<Caller> {
  return identification.identify({ authorization, remoteAddress: request.socket.remoteAddress, headers: request.headers });
}

export function isRefusedKey(thrown: unknown): thrown is PlatformError {
  return thrown instanceof PlatformError && thrown.code === 'UNAUTHENTICATED';
}

/** Closes for good when the key was refused, to be tried again when it could not be looked up. */
export function endSocket({ socket }: SocketExtra, thrown: unknown): void {
  if (isRefusedKey(thrown)) socket.close(CloseCode.Unauthorized, closeReason(thrown.code, thrown.message));
  else socket.close(TRY_AGAIN_LATER, closeReason('UNAVAILABLE', messageOf(thrown)));
}

/** Close reasons hold at most 123 bytes. */
function closeReason(code: string, message: string): string {
  return Buffer.from(`${code}: ${message}`).subarray(0, 120).toString().replace(/\uFFFD+$/, '');
}
