import { GraphQLError, NoSchemaIntrospectionCustomRule, type ParseOptions, type ValidationRule } from 'graphql';
import { SelectionMeasure } from './selection.measure';

/** What one document may ask for; the HTTP door and the WebSocket door take the same numbers from here. */
export const LIMITS = Object.freeze({
  tokens: 2_000,
  depth: 12,
  aliases: 30,
  /** Operations that one socket may have running at a time. */
  operationsPerSocket: 100,
});

/** Tokens are counted while parsing: a document above the limit costs no more than the limit. */
export const parseOptions: ParseOptions = { maxTokens: LIMITS.tokens };

/** graphql-js parses by recursion: brackets within the limit of tokens may still be more than the stack holds. */
export const NESTED_TOO_DEEP = 'The document is nested too deep to be read.';
const STACK_OVERFLOW = 'Maximum call stack size exceeded';

export function isStackOverflow({ message }: { readonly message: string }): boolean {
  return message === STACK_OVERFLOW;
}

/** The rules that both doors add to GraphQL's own. */
export function limitRules(settings: { allowsIntrospection: boolean }): ValidationRule[] {
  return settings.allowsIntrospection ? [selectionLimits] : [selectionLimits, NoSchemaIntrospectionCustomRule];
}

const selectionLimits: ValidationRule = (context) => {
  const measure = new SelectionMeasure((name) => context.getFragment(name));
  return {
    OperationDefinition(operation) {
      const { depth, aliases } = measure.of(operation.selectionSet);
      if (depth > LIMITS.depth) {
        context.reportError(
          new GraphQLError(`The operation is ${depth} fields deep; at most ${LIMITS.depth} are allowed.`, { nodes: operation }),
        );
      }
      if (aliases > LIMITS.aliases) {
        context.reportError(
          new GraphQLError(`The operation has ${aliases} aliases; at most ${LIMITS.aliases} are allowed.`, { nodes: operation }),
        );
      }
      return false;
    },
  };
};
