import { GraphQLError, parse, specifiedRules, validate, ValuesOfCorrectTypeRule, type DocumentNode, type GraphQLSchema } from 'graphql';
import { PlatformError } from '../errors';
import { TextCache } from '../collection/text-cache';

const MAX_CHARACTERS = 2_000_000;

/** Literal values come from the client and are refused by execution, as bad input; what is left shows whether the schemas agree. */
const RULES = specifiedRules.filter((rule) => rule !== ValuesOfCorrectTypeRule);

/** Parses and validates each operation of the gateway once. */
export class DocumentCache {
  #documents = new TextCache<DocumentNode>(MAX_CHARACTERS);

  constructor(private readonly schema: GraphQLSchema) {}

  /** @throws GRAPHQL_PARSE_FAILED or GRAPHQL_VALIDATION_FAILED: the gateway planned with another version of the schema */
  get(text: string): DocumentNode {
    const known = this.#documents.get(text);
    if (known) return known;
    const document = parseText(text);
    const [fault] = validate(this.schema, document, RULES);
    if (fault) throw new PlatformError('GRAPHQL_VALIDATION_FAILED', fault.message);
    this.#documents.set(text, document);
    return document;
  }
}

function parseText(text: string): DocumentNode {
  try {
    return parse(text, { noLocation: true });
  } catch (error) {
    if (error instanceof GraphQLError) throw new PlatformError('GRAPHQL_PARSE_FAILED', error.message, {}, { cause: error });
    throw error;
  }
}
