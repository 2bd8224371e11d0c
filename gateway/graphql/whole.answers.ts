import { BREAK, GraphQLError, type DirectiveNode, type ValidationContext } from 'graphql';

const INCREMENTAL = new Set(['defer', 'stream']);

/**
 * Refuses `@defer` and `@stream` once for a whole document, wherever they stand and whatever their `if` says: left out unseen, a client would wait for
 * parts that never come.
 */
export function wholeAnswers(context: ValidationContext) {
  return {
    Directive(node: DirectiveNode) {
      if (!INCREMENTAL.has(node.name.value)) return undefined;
      context.reportError(new GraphQLError(
        `@${node.name.value} is not offered: every operation is answered as a whole. Leave it out, and ask for what is slow in an operation of its own.`,
        { nodes: node, extensions: { code: 'INCREMENTAL_DELIVERY_UNSUPPORTED' } },
      ));
      return BREAK;
    },
  };
}
