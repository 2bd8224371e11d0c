import { PlatformError } from '../../../platform/errors';
import { checkTokens, readDecoder } from '../../../platform/generation/decoder';
import { readSampling, type Sampling } from '../../../platform/generation/sampling';
import type { Signature } from '../../../platform/tensor/tensor';

/** As a door hands it over, with nothing checked. */
export interface GenerationAsked {
  tokens: readonly number[];
  /** Null: a moderate number. */
  maxTokens: number | null;
  stopIds: readonly number[];
  sampling: Readonly<Partial<Record<keyof Sampling, unknown>>>;
  /** From now until the last token; null: the deployment's deadline, or the longest there is. */
  timeoutMs: number | null;
}

/** Checked, and whole: asked again it gives the same tokens. */
export interface GenerationRequest {
  tokens: number[];
  maxTokens: number;
  stopIds: number[];
  sampling: Sampling;
}

const DEFAULT_MAX_TOKENS = 256;
const STOP_IDS_MAX = 64;

/**
 * @param maxTokens how many one generation may have
 * @throws GENERATION_UNSUPPORTED, BAD_USER_INPUT
 */
export function readGenerationRequest(asked: GenerationAsked, signature: Signature, { maxTokens: most }: { maxTokens: number }): GenerationRequest {
  const decoder = readDecoder(signature);
  const maxTokens = asked.maxTokens ?? Math.min(DEFAULT_MAX_TOKENS, most);
  if (!Number.isInteger(maxTokens) || maxTokens < 1 || maxTokens > most) {
    throw new PlatformError('BAD_USER_INPUT', `maxTokens: 1 to ${most} was expected, ${maxTokens} came.`, { maxTokens: most });
  }
  if (asked.stopIds.length > STOP_IDS_MAX) throw new PlatformError('BAD_USER_INPUT', `stopIds: at most ${STOP_IDS_MAX} were expected, ${asked.stopIds.length} came.`);
  if (asked.stopIds.length > 0) checkTokens(decoder, asked.stopIds);
  checkTokens(decoder, asked.tokens);
  return { tokens: [...asked.tokens], maxTokens, stopIds: [...asked.stopIds], sampling: readSampling(asked.sampling) };
}
