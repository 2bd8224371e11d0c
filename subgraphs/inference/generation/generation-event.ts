import type { GenerationEnd } from '../../../platform/direct/message';
import type { ErrorCode } from '../../../platform/errors';

/** Why a generation is over. LENGTH: as many tokens as asked for · STOP: a stop id came · FAILED: its error tells · CANCELED: by a caller. */
export const FINISH_REASONS = ['LENGTH', 'STOP', 'FAILED', 'CANCELED'] as const;
export type FinishReason = (typeof FINISH_REASONS)[number];

/** One event of a generation, numbered from 1: a token, or, last of all, its end. */
export interface GenerationStep {
  seq: number;
  /** Null: its end. */
  token: number | null;
  /** Null: it goes on. */
  finishReason: FinishReason | null;
  error: { code: ErrorCode; message: string } | null;
}

export function tokenStep(seq: number, token: number): GenerationStep {
  return { seq, token, finishReason: null, error: null };
}

export function endStep(seq: number, { reason }: GenerationEnd): GenerationStep {
  return { seq, token: null, finishReason: reason, error: null };
}

export function failedStep(seq: number, error: { code: ErrorCode; message: string }): GenerationStep {
  const { code, message } = error;
  return { seq, token: null, finishReason: code === 'JOB_CANCELED' ? 'CANCELED' : 'FAILED', error: code === 'JOB_CANCELED' ? null : { code, message } };
}
