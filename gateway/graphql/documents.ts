import {
  getOperationAST,
  GraphQLError,
  parse,
  specifiedRules,
  validate,
  type DocumentNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type ValidationRule,
} from 'graphql';
import { PlatformError } from '../../platform/errors';
import { TextCache } from '../../platform/collection/text-cache';
import type { Supergraph } from '../federation/supergraph';
import { isStackOverflow, limitRules, NESTED_TOO_DEEP, parseOptions } from './limits';

export type Prepared = { document: DocumentNode; operation: OperationDefinitionNode } | { errors: readonly GraphQLError[] };

const MAX_CACHED_CHARACTERS = 2 * 1024 * 1024;

/**
 * Parses and validates for the doors that carry streams, as Apollo Server does for the HTTP door. Valid documents are kept by their text:
 * a thousand subscribers of one operation cost one validation, and share one plan.
 */
export class Documents {
  #valid = new TextCache<DocumentNode>(MAX_CACHED_CHARACTERS);
  #schema: GraphQLSchema | null = null;
  readonly #rules: readonly ValidationRule[];

  constructor(private readonly supergraph: Supergraph, settings: { allowsIntrospection: boolean }) {
    this.#rules = [...specifiedRules, ...limitRules(settings)];
  }

  /** @throws GRAPHQL_VALIDATION_FAILED when the operation to run is not clear */
  prepare(text: string, operationName: string | null | undefined): Prepared {
    this.#followSchema();
    const document = this.#valid.get(text) ?? this.#read(text);
    if (!('kind' in document)) return document;
    const operation = getOperationAST(document, operationName);
    if (operation) return { document, operation };
    throw new PlatformError(
      'GRAPHQL_VALIDATION_FAILED',
      operationName ? `The document has no operation "${operationName}".` : 'The document has several operations or none; name one.',
    );
  }

  /** What was valid for one schema may not be for the next. */
  #followSchema(): void {
    if (this.#schema === this.supergraph.apiSchema) return;
    this.#schema = this.supergraph.apiSchema;
    this.#valid = new TextCache(MAX_CACHED_CHARACTERS);
  }

  #read(text: string): DocumentNode | { errors: readonly GraphQLError[] } {
    try {
      const document = parse(text, parseOptions);
      const errors = validate(this.supergraph.apiSchema, document, this.#rules);
      if (errors.length > 0) return { errors: errors.map((error) => coded(error, 'GRAPHQL_VALIDATION_FAILED')) };
      this.#valid.set(text, document);
      return document;
    } catch (error) {
      if (error instanceof GraphQLError) return { errors: [coded(error, 'GRAPHQL_PARSE_FAILED')] };
      if (error instanceof RangeError && isStackOverflow(error)) return {
        errors: [new GraphQLError(NESTED_TOO_DEEP, { extensions: { code: 'GRAPHQL_PARSE_FAILED' } })],
      };
      throw error;
    }
  }
}

function coded({ message, nodes, source, positions }: GraphQLError, code: string): GraphQLError {
  return new GraphQLError(message, { nodes, source, positions, extensions: { code } });
}
