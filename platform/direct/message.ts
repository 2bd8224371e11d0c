import type { Sampling } from '../generation/sampling';

/**
 * What the inference service and a worker say to each other about direct calls, many at a time over one kept-alive connection.
 *
 * A message is 16 bytes, all little-endian: uint32 length of what follows them, uint32 call, uint32 length of the JSON header, uint8 kind and three
 * zeros; then the header, padded with spaces to a multiple of 8; then a frame of tensors (`platform/tensor/frame`), or nothing.
 *
 * service → worker: `HELLO` with a token (`platform/direct/token`) first and once, `CALL` with the inputs, `GENERATE` with the tokens to go on from, `CANCEL`.
 * worker → service: for each call `STARTED` at most once, before its first run, and then `DONE` with the outputs or `FAILED`; a generation's `TOKEN`s come
 * between. A canceled call is not answered.
 */
export const KIND = { HELLO: 1, CALL: 2, CANCEL: 3, STARTED: 4, DONE: 5, FAILED: 6, GENERATE: 7, TOKEN: 8 } as const;
export type MessageKind = (typeof KIND)[keyof typeof KIND];

export interface CallHeader {
  replicaId: string;
  /** Where the caller was allowed to call; must be the revision's. */
  namespace: string;
  /** The outputs wanted; null: all. */
  outputs: string[] | null;
  /** Milliseconds that the answer is waited for, counted from here: no two clocks are compared. Null: as long as the connection is there. */
  deadlineMs: number | null;
}

/** Of `GENERATE`; its frame holds the tokens so far as one INT32 tensor. */
export interface GenerateHeader extends Pick<CallHeader, 'replicaId' | 'namespace'> {
  maxTokens: number;
  stopIds: number[];
  sampling: Sampling;
  /** Milliseconds that tokens are waited for, counted from here; null: as long as the connection is there. */
  withinMs: number | null;
}

/** Why no more tokens follow, `STOP`: one of the stop ids came, which is not told as a token. */
export interface GenerationEnd {
  reason: 'LENGTH' | 'STOP';
  timing: DirectTiming;
}

/** Milliseconds: waiting for the runner, waiting for others to share a batch, and the wall clock of the runs. */
export interface DirectTiming {
  queuedMs: number;
  batchWaitMs: number;
  computeMs: number;
  batchSize: number;
}

export interface Message {
  kind: MessageKind;
  /** Chosen by the service, unique on its connection; 0 for HELLO. */
  call: number;
  /** As parsed: whoever reads it checks it. */
  header: unknown;
  frame: Uint8Array;
}

export const PREFIX_BYTES = 16;
const ALIGNMENT = 8;
const EMPTY = new Uint8Array();

/** The parts of a message, to be written one after the other: the frame is not copied. */
export function encodeMessage({ kind, call, header = null, frame = EMPTY }: { kind: MessageKind; call: number; header?: unknown; frame?: Uint8Array }): Uint8Array[] {
  const json = header === null ? '' : JSON.stringify(header);
  const headerBytes = Math.ceil(Buffer.byteLength(json) / ALIGNMENT) * ALIGNMENT;
  const head = Buffer.alloc(PREFIX_BYTES + headerBytes, ' ');
  head.writeUInt32LE(headerBytes + frame.byteLength, 0);
  head.writeUInt32LE(call, 4);
  head.writeUInt32LE(headerBytes, 8);
  head.writeUInt32LE(kind, 12);
  head.write(json, PREFIX_BYTES, 'utf8');
  return frame.byteLength === 0 ? [head] : [head, frame];
}
