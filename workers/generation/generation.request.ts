import { z } from 'zod';
import type { Message } from '../../platform/direct/message';
import { PlatformError } from '../../platform/errors';
import { checkTokens, readDecoder } from '../../platform/generation/decoder';
import { SAMPLING_SHAPE } from '../../platform/generation/sampling';
import { checkRaw } from '../../platform/tensor/element-count';
import { unpackFrame } from '../../platform/tensor/frame';
import type { Signature } from '../../platform/tensor/tensor';
import type { GenerationRequest } from './generation';

/** What is set aside for one: no model of today reads as far. */
const LENGTH_MAX = 1_048_576;

const generateHeader = z.object({
  maxTokens: z.number().int().min(1).max(LENGTH_MAX), stopIds: z.array(z.number().int()).max(1_024), sampling: SAMPLING_SHAPE, withinMs: z.number().nullable(),
});

/**
 * Reads what a service asks for, as if a stranger had sent it.
 * @throws GENERATION_UNSUPPORTED; BAD_USER_INPUT; TENSOR_INVALID, ELEMENT_COUNT_MISMATCH of the frame
 */
export function readGeneration({ header, frame }: Message, signature: Signature): Omit<GenerationRequest, 'name'> {
  const decoder = readDecoder(signature);
  const asked = generateHeader.parse(header);
  const prompt = promptOf(frame);
  checkTokens(decoder, prompt);
  return { ...asked, prompt };
}

function promptOf(frame: Uint8Array): Int32Array {
  const [tensors, ...others] = unpackFrame(frame);
  const [tokens, ...more] = Array.isArray(tensors) ? tensors : [];
  if (!tokens || !('data' in tokens) || others.length + more.length > 0 || tokens.datatype !== 'INT32' || tokens.shape.length !== 1 || tokens.shape[0]! > LENGTH_MAX) {
    throw new PlatformError('BAD_USER_INPUT', `A generation carries its tokens as one INT32 tensor of one dimension, at most ${LENGTH_MAX} of them.`);
  }
  checkRaw(tokens);
  return new Int32Array(Uint8Array.from(tokens.data).buffer);
}
