import { GraphQLError, GraphQLScalarType, Kind } from 'graphql';

function read(value: unknown): string {
  if (typeof value === 'string') return value;
  throw new GraphQLError('A string of base64 was expected.', { extensions: { code: 'BAD_USER_INPUT' } });
}

/** Whether the text is base64 is checked with the tensor, whose name a refusal then tells. */
export const Base64Scalar = new GraphQLScalarType<string, string>({
  name: 'Base64',
  description: 'Bytes as base64 with the standard alphabet and padding (RFC 4648, section 4).',
  serialize: read,
  parseValue: read,
  parseLiteral: (node) => read(node.kind === Kind.STRING ? node.value : null),
});
