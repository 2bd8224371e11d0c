import { print, type DocumentNode } from 'graphql';
import { TextCache } from '../../platform/collection/text-cache';
import type { Operation } from './operation';

/** An operation with its plans takes some twenty times the memory of its text. */
const MAX_CHARACTERS = 2_000_000;

export type PrepareOperation = (document: DocumentNode, operationName: string | null) => Operation;

/** Operations by document object, which the doors keep per text, and behind that by text; the plans are kept with their operation. */
export class OperationCache {
  #byDocument = new WeakMap<DocumentNode, Map<string, Operation>>();
  #byText: TextCache<Operation>;

  /** `onLookup` is told of each look-up whether the operation was known. */
  constructor(
    private readonly prepare: PrepareOperation, maxCharacters = MAX_CHARACTERS, private readonly onLookup: (isHit: boolean) => void = () => {},
  ) {
    this.#byText = new TextCache(maxCharacters);
  }

  /** @throws BAD_USER_INPUT when the document has no such operation */
  get(document: DocumentNode, operationName: string | null): Operation {
    const name = operationName ?? '';
    const known = this.#byDocument.get(document)?.get(name);
    this.onLookup(known !== undefined);
    return known ?? this.#add(document, name);
  }

  #add(document: DocumentNode, name: string): Operation {
    const text = `${name}\n${print(document)}`;
    const operation = this.#byText.get(text) ?? this.prepare(document, name || null);
    this.#byText.set(text, operation);
    const ofDocument = this.#byDocument.get(document) ?? new Map<string, Operation>();
    this.#byDocument.set(document, ofDocument.set(name, operation));
    return operation;
  }
}
