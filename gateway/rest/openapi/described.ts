import { z } from 'zod';
import { PlatformError } from '../../../platform/errors';

/** The shape as JSON Schema 2020-12, which OpenAPI 3.1 speaks. */
export function described(shape: z.ZodType): Record<string, unknown> {
  const { $schema: _dialect, ...schema } = z.toJSONSchema(shape, { io: 'input', unrepresentable: 'any', override: ({ jsonSchema }) => withoutNoise(jsonSchema) });
  return schema;
}

/** The pattern of a date-time says what its format says, and the limits of an integer what its type says. */
function withoutNoise(schema: { format?: string; pattern?: string; minimum?: number; maximum?: number }): void {
  if (schema.format === 'date-time') delete schema.pattern;
  if (Math.abs(schema.minimum ?? 0) >= 2 ** 31) delete schema.minimum;
  if ((schema.maximum ?? 0) >= 2 ** 31 - 1) delete schema.maximum;
}

/** @throws BAD_USER_INPUT naming the part of the request that does not fit, and how */
export function checked<T>(shape: z.ZodType<T>, given: unknown, part: string): T {
  const result = shape.safeParse(given);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new PlatformError('BAD_USER_INPUT', `${[part, ...(issue?.path ?? [])].join('.')}: ${issue?.message ?? 'not understood'}.`);
}
