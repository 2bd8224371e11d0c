import { GraphQLError, GraphQLScalarType, Kind } from 'graphql';

const WHOLE = /^-?\d{1,19}$/;

function read(value: unknown): number {
  const text = typeof value === 'number' || typeof value === 'bigint' ? String(value) : value;
  const number = typeof text === 'string' && WHOLE.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(number)) throw new GraphQLError(
    'A BigInt is a whole number of at most 2^53 - 1, written as a string or a number.', { extensions: { code: 'BAD_USER_INPUT' } },
  );
  return number;
}

/** Byte counts pass 2^31, where GraphQL's Int ends; answers are strings, since JSON readers of other languages round large numbers. */
export const BigIntScalar = new GraphQLScalarType<number, string>({
  name: 'BigInt',
  description: 'A whole number beyond 32 bits, such as a size in bytes. Written as a string in answers; a string or a number in arguments.',
  serialize: (value) => String(read(value)),
  parseValue: read,
  parseLiteral: (node) => read(node.kind === Kind.INT || node.kind === Kind.STRING ? node.value : null),
});
