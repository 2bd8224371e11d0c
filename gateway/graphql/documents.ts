import {
  getOperationAST, GraphQLError, parse, specifiedRules, validate, type DocumentNode, type GraphQLSchema, type OperationDefinitionNode,
  type ValidationRule,
} from 'graphql';
import { PlatformError } from '../../platform/errors';
import { TextCache } from '../../platform/collection/text-cache';
import { costSchemaOf, DocumentCosts } from '../cost/document.costs';
import type { CostSchema, OperationCost } from '../cost/operation.cost';
import type { Supergraph } from '../federation/supergraph';
import { sha256Of } from '../persisted/trusted.documents';
import { accessRules, isStackOverflow, isTooLong, limitRules, NESTED_TOO_DEEP, parseOptions, passesLimit } from './limits';

/** An operation that may run: within the limits, and valid. */
export interface Prepared {
  document: DocumentNode;
  operation: OperationDefinitionNode;
  cost: OperationCost;
}

export interface Refused {
  errors: readonly GraphQLError[];
}

interface Valid {
  document: DocumentNode;
  costs: DocumentCosts;
}

/** The schema of the moment and what is derived from it. */
interface Ground {
  schema: GraphQLSchema;
  costs: CostSchema;
  valid: TextCache<Valid>;
  /** By the SHA-256 of their text, as long as they are kept. */
  byHash: TextCache<WeakRef<DocumentNode>>;
}

const MAX_CACHED_CHARACTERS = 2 * 1024 * 1024;
const MAX_HASH_CHARACTERS = 64 * 20_000;

/**
 * Parses, limits and validates for every door. Valid documents are kept by their text: a thousand subscribers of one operation cost
 * one validation, and share one plan.
 */
export class Documents {
  #ground: Ground | null = null;
  readonly #rules: readonly ValidationRule[];

  constructor(private readonly supergraph: Supergraph, private readonly settings: { allowsIntrospection: boolean }) {
    this.#rules = [...specifiedRules, ...accessRules(settings)];
  }

  /** @throws GRAPHQL_VALIDATION_FAILED when the operation to run is not clear */
  prepare(text: string, operationName: string | null | undefined): Prepared | Refused {
    const ground = this.#groundOf(this.supergraph);
    const valid = ground.valid.get(text) ?? this.#read(text, ground);
    if ('errors' in valid) return valid;
    const operation = getOperationAST(valid.document, operationName);
    if (operation) return { document: valid.document, operation, cost: valid.costs.of(operation) };
    throw new PlatformError(
      'GRAPHQL_VALIDATION_FAILED',
      operationName ? `The document has no operation "${operationName}".` : 'The document has several operations or none; name one.',
    );
  }

  /** A document that was prepared, by the SHA-256 of its text. */
  ofHash(hash: string): DocumentNode | undefined {
    return this.#ground?.byHash.get(hash)?.deref();
  }

  /** What was valid for one schema may not be for the next. */
  #groundOf({ apiSchema, sdl }: Supergraph): Ground {
    if (this.#ground?.schema === apiSchema) return this.#ground;
    this.#ground = {
      schema: apiSchema, costs: costSchemaOf(sdl), valid: new TextCache(MAX_CACHED_CHARACTERS), byHash: new TextCache(MAX_HASH_CHARACTERS),
    };
    return this.#ground;
  }

  #read(text: string, ground: Ground): Valid | Refused {
    const document = parsed(text);
    if ('errors' in document) return document;
    const beyond = validate(ground.schema, document, limitRules);
    if (beyond.length > 0) return { errors: beyond };
    const errors = validate(ground.schema, document, this.#rules, { hideSuggestions: !this.settings.allowsIntrospection });
    if (errors.length > 0) return { errors: errors.map((error) => coded(error, 'GRAPHQL_VALIDATION_FAILED')) };
    const valid = { document, costs: new DocumentCosts(document, ground.costs) };
    this.supergraph.hold?.(document);
    ground.valid.set(text, valid);
    ground.byHash.set(sha256Of(text), new WeakRef(document));
    return valid;
  }
}

function parsed(text: string): DocumentNode | Refused {
  try {
    return parse(text, parseOptions);
  } catch (error) {
    if (error instanceof GraphQLError) return { errors: [isTooLong(error) ? passesLimit('tokens', error.message, { code: 'GRAPHQL_PARSE_FAILED' }) : coded(error, 'GRAPHQL_PARSE_FAILED')] };
    if (error instanceof RangeError && isStackOverflow(error)) return {
      errors: [passesLimit('depth', NESTED_TOO_DEEP, { code: 'GRAPHQL_PARSE_FAILED' })],
    };
    throw error;
  }
}

function coded({ message, nodes, source, positions }: GraphQLError, code: string): GraphQLError {
  return new GraphQLError(message, { nodes, source, positions, extensions: { code } });
}
