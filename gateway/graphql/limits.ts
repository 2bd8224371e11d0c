import {
  GraphQLError, NoSchemaIntrospectionCustomRule, type ASTNode, type OperationDefinitionNode, type ParseOptions, type ValidationContext,
  type ValidationRule,
} from 'graphql';
import { mostRepeated } from './repeated.fields';
import { SelectionMeasure } from './selection.measure';
import { wholeAnswers } from './whole.answers';

/** What one document may ask for; every door takes the same numbers from here. */
export const LIMITS = Object.freeze({
  tokens: 2_000,
  depth: 12,
  aliases: 30,
  directives: 50,
  /** Fields after every fragment spread is written out, as plans and results have them. */
  fields: 2_000,
  /** Fields of one name in one place, each with a selection of its own. */
  repeats: 40,
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

/** graphql-js tells it by its message alone. */
export function isTooLong({ message }: { readonly message: string }): boolean {
  return message.includes(`more that ${LIMITS.tokens} tokens`);
}

/** A refusal that names its limit, for clients, the log and the metrics. */
export function passesLimit(limit: string, message: string, { code = 'GRAPHQL_VALIDATION_FAILED', node }: { code?: string; node?: ASTNode } = {}): GraphQLError {
  return new GraphQLError(message, { nodes: node, extensions: { code, limit } });
}

/** What a document must pass before GraphQL's own rules, some of which take time that grows with the square of it. */
export const limitRules: readonly ValidationRule[] = [operationLimits, repeatLimit, wholeAnswers];

/** Added to GraphQL's own. */
export function accessRules(settings: { allowsIntrospection: boolean }): ValidationRule[] {
  return settings.allowsIntrospection ? [] : [NoSchemaIntrospectionCustomRule];
}

const MEASURES = [
  { limit: 'depth', says: (found: number) => `is ${found} fields deep` },
  { limit: 'aliases', says: (found: number) => `has ${found} aliases` },
  { limit: 'directives', says: (found: number) => `has ${found} directives` },
  { limit: 'fields', says: (found: number) => `has ${found} fields` },
] as const;

function operationLimits(context: ValidationContext) {
  const measure = new SelectionMeasure((name) => context.getFragment(name));
  return {
    OperationDefinition(node: OperationDefinitionNode) {
      const size = measure.of(node.selectionSet);
      const found = { ...size, directives: size.directives + (node.directives?.length ?? 0) };
      for (const { limit, says } of MEASURES) {
        if (found[limit] <= LIMITS[limit]) continue;
        context.reportError(passesLimit(limit, `The operation ${says(found[limit])}; at most ${LIMITS[limit]} are allowed.`, { node }));
      }
      return false;
    },
  };
}

function repeatLimit(context: ValidationContext) {
  return {
    SelectionSet(node: Parameters<typeof mostRepeated>[0]) {
      const repeats = mostRepeated(node, (name) => context.getFragment(name));
      if (repeats <= LIMITS.repeats) return undefined;
      const message = `A field with selections is asked for ${repeats} times in one place; at most ${LIMITS.repeats} are allowed.`;
      context.reportError(passesLimit('repeats', message, { node }));
      return false;
    },
  };
}
