import { z } from 'zod';
import type { IncomingHttpHeaders } from 'node:http';
import { PlatformError } from '../../../platform/errors';
import type { InferStreamInput } from '../generation/generation.inputs';
import { readTimeout } from './oip.timeout';

const number = z.number();
const parameters = z.strictObject({
  max_tokens: number, temperature: number, top_k: number, top_p: number, repetition_penalty: number, seed: number, stop_token_ids: z.array(number), timeout: number,
}).partial();
const requestSchema = z.strictObject({ id: z.string().max(255).optional(), input_ids: z.array(number), parameters: parameters.optional() });

export interface OipGenerateRequest {
  /** Echoed; null: none came. */
  id: string | null;
  input: Omit<InferStreamInput, 'deployment'>;
}

/**
 * Reads a request of the generate extension (Triton): the model's own input beside `parameters`. What is out of its range is told with the rest of the checks.
 * `Idempotency-Key` makes the generation outlive its connection, and `Last-Event-ID` goes on behind an event, as clients of Server-Sent Events send it.
 * @throws BAD_USER_INPUT
 */
export function readGenerateRequest(body: Buffer, headers: IncomingHttpHeaders): OipGenerateRequest {
  const request = requestSchema.safeParse(parseJson(body));
  if (!request.success) {
    const [issue] = request.error.issues;
    throw new PlatformError('BAD_USER_INPUT', `${issue?.path.join('.') || 'The request'}: ${issue?.message ?? 'not understood'}.`);
  }
  const { id = null, input_ids: tokens, parameters: given = {} } = request.data;
  const { max_tokens: maxTokens, stop_token_ids: stopIds, temperature, top_k: topK, top_p: topP, repetition_penalty: repetitionPenalty, seed, timeout } = given;
  return {
    id,
    input: {
      tokens, maxTokens, stopIds, sampling: { temperature, topK, topP, repetitionPenalty, seed },
      // Microseconds, as of the inference request.
      timeoutMs: readTimeout(headers['inference-timeout-ms'], timeout ? Math.ceil(timeout / 1_000) : null),
      key: one(headers, 'idempotency-key'), after: lastEvent(one(headers, 'last-event-id')),
    },
  };
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch (error) {
    throw new PlatformError('BAD_USER_INPUT', 'The request is no JSON.', {}, { cause: error });
  }
}

function one(headers: IncomingHttpHeaders, name: string): string | null {
  const value = headers[name];
  return typeof value === 'string' ? value : null;
}

function lastEvent(given: string | null): number | null {
  if (given === null) return null;
  if (/^\d{1,9}$/.test(given)) return Number(given);
  throw new PlatformError('BAD_USER_INPUT', `Last-Event-ID was expected to be the number of an event; "${given.slice(0, 40)}" came.`);
}
