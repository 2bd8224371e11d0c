import { Kind, type DocumentNode, type FragmentDefinitionNode, type OperationDefinitionNode, type SelectionSetNode } from 'graphql';

/** Fragments that spread fragments grow without bound when they are written out. */
const MAX_SELECTIONS = 10_000;

/** The document's operation with every spread written out where it stands; null when that becomes too large. */
export function writeOutFragments({ definitions }: DocumentNode): OperationDefinitionNode | null {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of definitions) if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  const operation = definitions.find((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  let left = MAX_SELECTIONS;
  const writeOut = ({ selections }: SelectionSetNode): SelectionSetNode => ({
    kind: Kind.SELECTION_SET,
    selections: left < 0 ? [] : selections.map((selection) => {
      left -= 1;
      if (selection.kind === Kind.FIELD) return selection.selectionSet ? { ...selection, selectionSet: writeOut(selection.selectionSet) } : selection;
      const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value)!;
      return { kind: Kind.INLINE_FRAGMENT, typeCondition: fragment.typeCondition, selectionSet: writeOut(fragment.selectionSet) };
    }),
  });
  const selectionSet = operation && writeOut(operation.selectionSet);
  return operation && selectionSet && left >= 0 ? { ...operation, selectionSet } : null;
}
