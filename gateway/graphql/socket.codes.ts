/**
 * Close codes of the WebSocket registry (RFC 6455 §7.4.2, IANA) after which clients of graphql-ws connect again, each after a random wait of
 * its own, so that those of a gateway that stops do not meet the next one all at once.
 */
export const SERVICE_RESTART = 1012;
export const TRY_AGAIN_LATER = 1013;

/** Close reasons hold at most 123 bytes. */
export function closeReason(text: string): string {
  return Buffer.from(text).subarray(0, 120).toString().replace(/\uFFFD+$/, '');
}
