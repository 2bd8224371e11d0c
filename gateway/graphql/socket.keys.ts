import { CloseCode, type ConnectionInitMessage } from 'graphql-ws';
import type { Caller } from '../../platform/caller';
import { messageOf, PlatformError } from '../../platform/errors';
import type { Identification } from '../identity/identification';
import { closeReason, TRY_AGAIN_LATER } from './socket.codes';
import type { SocketExtra } from './socket.connection';

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
  if (isRefusedKey(thrown)) socket.close(CloseCode.Unauthorized, closeReason(`${thrown.code}: ${thrown.message}`));
  else socket.close(TRY_AGAIN_LATER, closeReason(`UNAVAILABLE: ${messageOf(thrown)}`));
}
