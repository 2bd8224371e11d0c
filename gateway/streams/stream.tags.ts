import {
  getNamedType, Kind, parse, TypeInfo, visit, visitWithTypeInfo,
  type ConstDirectiveNode, type DocumentNode, type GraphQLSchema, type OperationDefinitionNode,
} from 'graphql';
import type { StreamKind } from './stream.kind';

export interface StreamTraits {
  readonly kind: StreamKind;
  /** Whether it selects what is answered differently to callers of equal roles. */
  readonly isPersonal: boolean;
}

const KIND_OF_TAG: Readonly<Record<string, StreamKind>> = { 'stream/state': 'state', 'stream/log': 'log' };
const PERSONAL_TAG = 'personal';

/**
 * What the supergraph's `@tag` directives (Apollo Federation 2.3) say of its subscriptions: `stream/state` and `stream/log` on a field of
 * Subscription, `personal` on a type or field whose answer depends on who asks, beyond namespaces and roles.
 */
export class StreamTags {
  readonly #kinds = new Map<string, StreamKind>();
  /** `Type` and `Type.field`. */
  readonly #personal = new Set<string>();
  readonly #traits = new WeakMap<OperationDefinitionNode, StreamTraits>();

  constructor(sdl: string, private readonly apiSchema: GraphQLSchema) {
    const subscription = apiSchema.getSubscriptionType()?.name;
    for (const definition of parse(sdl, { noLocation: true }).definitions) {
      if (!('fields' in definition) || !('name' in definition) || !definition.name) continue;
      const type = definition.name.value;
      if (tagsOf(definition.directives).includes(PERSONAL_TAG)) this.#personal.add(type);
      for (const { name, directives } of definition.fields ?? []) this.#read(type === subscription, `${type}.${name.value}`, tagsOf(directives));
    }
  }

  of(document: DocumentNode, operation: OperationDefinitionNode): StreamTraits {
    const known = this.#traits.get(operation);
    if (known) return known;
    const traits = { kind: this.#kindOf(operation), isPersonal: this.#personal.size > 0 && this.#isPersonal(document) };
    this.#traits.set(operation, traits);
    return traits;
  }

  #read(isSubscription: boolean, field: string, tags: readonly string[]): void {
    if (tags.includes(PERSONAL_TAG)) this.#personal.add(field);
    for (const tag of isSubscription ? tags : []) {
      if (Object.hasOwn(KIND_OF_TAG, tag)) this.#kinds.set(field.slice(field.indexOf('.') + 1), KIND_OF_TAG[tag]!);
    }
  }

  /** Validation has seen to it that there is one root field; behind a fragment it is private, which is always right. */
  #kindOf({ selectionSet }: OperationDefinitionNode): StreamKind {
    const [root] = selectionSet.selections;
    return (root?.kind === Kind.FIELD && this.#kinds.get(root.name.value)) || 'private';
  }

  /** Of the whole document: a fragment too many makes a stream less shared, never wrong. */
  #isPersonal(document: DocumentNode): boolean {
    const info = new TypeInfo(this.apiSchema);
    let isFound = false;
    visit(document, visitWithTypeInfo(info, {
      Field: ({ name }) => {
        const type = info.getType();
        isFound ||= this.#personal.has(`${info.getParentType()?.name}.${name.value}`) || (!!type && this.#personal.has(getNamedType(type).name));
      },
      FragmentDefinition: ({ typeCondition }) => { isFound ||= this.#personal.has(typeCondition.name.value); },
      InlineFragment: ({ typeCondition }) => { isFound ||= !!typeCondition && this.#personal.has(typeCondition.name.value); },
    }));
    return isFound;
  }
}

function tagsOf(directives: readonly ConstDirectiveNode[] | undefined): string[] {
  return (directives ?? []).filter(({ name }) => name.value === 'tag').flatMap(({ arguments: given }) => given ?? [])
    .flatMap(({ value }) => (value.kind === Kind.STRING ? [value.value] : []));
}
