import { Kind, type FieldNode, type FragmentDefinitionNode, type SelectionNode, type SelectionSetNode } from 'graphql';

export interface SelectionSize {
  /** Fields below each other; a root field has depth 1. */
  depth: number;
  /** Aliases after every fragment spread is written out. */
  aliases: number;
  /** Directives, counted the same way. */
  directives: number;
  /** Fields, counted the same way. */
  fields: number;
}

const EMPTY: SelectionSize = { depth: 0, aliases: 0, directives: 0, fields: 0 };

/**
 * Measures selections as if every fragment were written out, each fragment once: fragments that spread each other twice
 * double with every level, and must not cost that much to refuse.
 */
export class SelectionMeasure {
  readonly #fragments = new Map<string, SelectionSize>();

  constructor(private readonly fragment: (name: string) => FragmentDefinitionNode | null | undefined) {}

  of(selections: SelectionSetNode): SelectionSize {
    const total = { ...EMPTY };
    for (const selection of selections.selections) {
      const size = this.#ofSelection(selection);
      total.depth = Math.max(total.depth, size.depth);
      total.aliases += size.aliases;
      total.fields += size.fields;
      total.directives += size.directives + (selection.directives?.length ?? 0);
    }
    return total;
  }

  #ofSelection(selection: SelectionNode): SelectionSize {
    switch (selection.kind) {
      case Kind.FIELD:
        return this.#ofField(selection);
      case Kind.INLINE_FRAGMENT:
        return this.of(selection.selectionSet);
      case Kind.FRAGMENT_SPREAD:
        return this.#ofFragment(selection.name.value);
      default:
        return selection satisfies never;
    }
  }

  #ofField({ alias, name, selectionSet }: FieldNode): SelectionSize {
    // The introspection query of every tool is deeper than our limit; graphql-js has a rule of its own for what lies below.
    const isIntrospection = name.value.startsWith('__');
    const below = selectionSet && !isIntrospection ? this.of(selectionSet) : EMPTY;
    return { ...below, depth: below.depth + 1, aliases: below.aliases + (alias ? 1 : 0), fields: below.fields + 1 };
  }

  #ofFragment(name: string): SelectionSize {
    const known = this.#fragments.get(name);
    if (known) return known;
    // A cycle ends here; another rule refuses the document for it.
    this.#fragments.set(name, EMPTY);
    const definition = this.fragment(name);
    const size = definition ? this.of(definition.selectionSet) : EMPTY;
    this.#fragments.set(name, size);
    return size;
  }
}
