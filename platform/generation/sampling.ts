import { z } from 'zod';
import { PlatformError } from '../errors';

/** How the next token is chosen from the logits of a step. */
export interface Sampling {
  /** 0: always the most likely one, and nothing else plays a part but `repetitionPenalty`. */
  temperature: number;
  /** Only the most likely so many; 0: all. */
  topK: number;
  /** Only the most likely that have this probability together; 1: all. */
  topP: number;
  /** Divides the positive and multiplies the negative logits of tokens that came before (Keskar et al. 2019, "CTRL"); 1: none. */
  repetitionPenalty: number;
  /** The same seed chooses the same tokens. */
  seed: number;
}

export const SEED_MAX = 2 ** 31 - 1;

const number = (low: number, high: number) => z.number(`${low} to ${high} was expected`).min(low, `${low} to ${high} was expected`).max(high, `${low} to ${high} was expected`);
const whole = (low: number, high: number) => number(low, high).int('a whole number was expected');

/** What callers may say, by its name in this code; each door has names of its own. */
export const SAMPLING_SHAPE = z.strictObject({
  temperature: number(0, 100), topK: whole(0, 1_000_000), topP: number(0, 1), repetitionPenalty: number(0.01, 100), seed: whole(0, SEED_MAX),
});

const NEUTRAL: Omit<Sampling, 'seed'> = { temperature: 0, topK: 0, topP: 1, repetitionPenalty: 1 };

/**
 * Fills in what was not said: greedy, and a seed drawn by lot.
 * @throws BAD_USER_INPUT when something is out of its range
 */
export function readSampling(given: Readonly<Partial<Record<keyof Sampling, unknown>>>, draw: () => number = Math.random): Sampling {
  const said = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null && value !== undefined));
  const read = SAMPLING_SHAPE.safeParse({ ...NEUTRAL, seed: Math.floor(draw() * (SEED_MAX + 1)), ...said });
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw new PlatformError('BAD_USER_INPUT', `${issue?.path.join('.') || 'The sampling'}: ${issue?.message ?? 'not understood'}.`);
}
