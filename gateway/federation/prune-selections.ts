import {
  Kind, visit, visitWithTypeInfo,
  type DocumentNode, type FieldNode, type InlineFragmentNode, type SelectionNode, type SelectionSetNode, type TypeInfo,
} from 'graphql';

const JUST_TYPENAME: SelectionSetNode = {
  kind: Kind.SELECTION_SET, selections: [{ kind: Kind.FIELD, name: { kind: Kind.NAME, value: '__typename' } }],
};

/**
 * The document without some of its selections. Fragments that lose all of theirs go with them; a field that does keeps `__typename`,
 * since GraphQL has no empty selections; an operation may end up with none.
 */
export function pruneSelections(document: DocumentNode, isPruned: (selection: SelectionNode) => boolean, typeInfo: TypeInfo): DocumentNode {
  const emptied = new Set<string>();
  const enter = (selection: SelectionNode) => (isPruned(selection) ? null : undefined);
  let pruned = document;
  let before: number;
  do {
    before = emptied.size;
    pruned = visit(pruned, visitWithTypeInfo(typeInfo, {
      Field: { enter, leave: (field: FieldNode) => (isEmpty(field) ? { ...field, selectionSet: JUST_TYPENAME } : undefined) },
      InlineFragment: { enter, leave: (fragment: InlineFragmentNode) => (isEmpty(fragment) ? null : undefined) },
      FragmentSpread: (spread) => (emptied.has(spread.name.value) ? null : enter(spread)),
      FragmentDefinition: {
        leave(fragment) {
          if (!isEmpty(fragment)) return undefined;
          emptied.add(fragment.name.value);
          return null;
        },
      },
    }));
    // A fragment that is gone may have been all that another one held.
  } while (emptied.size > before);
  return pruned;
}

function isEmpty({ selectionSet }: { selectionSet?: FieldNode['selectionSet'] }): boolean {
  return selectionSet?.selections.length === 0;
}
