import { Kind, type FragmentDefinitionNode, type SelectionSetNode } from 'graphql';

type FindFragment = (name: string) => FragmentDefinitionNode | null | undefined;

/**
 * How often the most repeated field with a selection of its own is asked for in one place, fragments written out once each. GraphQL
 * compares each with each (FieldsInSetCanMerge), so that some hundred of them cost a tenth of a second to validate.
 */
export function mostRepeated(selections: SelectionSetNode, fragment: FindFragment): number {
  const counts = new Map<string, number>();
  count(selections, { counts, fragment, seen: new Set() });
  return Math.max(0, ...counts.values());
}

interface Counting {
  counts: Map<string, number>;
  fragment: FindFragment;
  seen: Set<string>;
}

function count({ selections }: SelectionSetNode, counting: Counting): void {
  for (const selection of selections) {
    if (selection.kind === Kind.INLINE_FRAGMENT) count(selection.selectionSet, counting);
    else if (selection.kind === Kind.FRAGMENT_SPREAD) countFragment(selection.name.value, counting);
    else if (selection.selectionSet) {
      const name = (selection.alias ?? selection.name).value;
      counting.counts.set(name, (counting.counts.get(name) ?? 0) + 1);
    }
  }
}

function countFragment(name: string, counting: Counting): void {
  if (counting.seen.has(name)) return;
  counting.seen.add(name);
  const definition = counting.fragment(name);
  if (definition) count(definition.selectionSet, counting);
}
