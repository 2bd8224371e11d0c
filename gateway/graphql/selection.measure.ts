import { Kind, type FragmentDefinitionNode, type SelectionNode, type SelectionSetNode } from 'graphql';

export interface SelectionSize {
  /** Fields below each other; a root field has depth 1. */
  depth: number;
  /** Aliases after every fragment spread is written out. */
  aliases: number;
}

const EMPTY: SelectionSize = { depth: 0, aliases: 0 };

/**
 * Measures selections as if every fragment were written out, each fragment once: fragments that spread each other twice
 * double with every level, and must not cost that much to refuse.
 */
export class SelectionMeasure {
  readonly #fragments = new Map<string, SelectionSize>();

  constructor(private readonly fragment: (name: string) => FragmentDefinitionNode | null | undefined) {}

  of(selections: SelectionSetNode): SelectionSize {
    let depth = 0;
    let aliases = 0;
    for (const selection of selections.selections) {
      const size = this.#ofSelection(selection);
      depth = Math.max(depth, size.depth);
      aliases += size.aliases;
    }
    return { depth, aliases };
  }

  #ofSelection(selection: SelectionNode): SelectionSize {
    switch (selection.kind) {
      case Kind.FIELD: {
        const alias = selection.alias ? 1 : 0;
        // The introspection query of every tool is deeper than our limit; graphql-js has a rule of its own for what lies below.
        const isIntrospection = selection.name.value.startsWith('__');
        const below = selection.selectionSet && !isIntrospection ? this.of(selection.selectionSet) : EMPTY;
        return { depth: below.depth + 1, aliases: below.aliases + alias };
      }
      case Kind.INLINE_FRAGMENT:
        return this.of(selection.selectionSet);
      case Kind.FRAGMENT_SPREAD:
        return this.#ofFragment(selection.name.value);
      default:
        return selection satisfies never;
    }
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
