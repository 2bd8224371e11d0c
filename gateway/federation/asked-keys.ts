import { Kind, type DocumentNode, type FragmentDefinitionNode, type OperationDefinitionNode, type SelectionNode, type SelectionSetNode } from 'graphql';
import type { Rewrite } from './rewrite';
import type { SubgraphOperation } from './subgraph-client';

/** The response keys of an operation's root fields. */
export function rootKeysOf({ document }: SubgraphOperation): string[] {
  return responseKeysOf(operationOf(document).selectionSet, document);
}

/** The response keys of the entities behind one call of `_entities`. */
export function entityKeysOf({ document }: SubgraphOperation, alias: string): string[] {
  const call = operationOf(document).selectionSet.selections
    .find((selection) => selection.kind === Kind.FIELD && (selection.alias ?? selection.name).value === alias);
  return call?.kind === Kind.FIELD && call.selectionSet ? responseKeysOf(call.selectionSet, document) : [];
}

/** What those keys are called once the rewrites are done. */
export function askedKeys(keys: readonly string[], rewrites: readonly Rewrite[]): ReadonlySet<string> {
  const renamed = rewrites.filter(({ kind, key }) => kind === 'rename' && keys.includes(key)).map(({ to }) => to);
  return new Set([...keys, ...renamed]);
}

function operationOf({ definitions }: DocumentNode): OperationDefinitionNode {
  return definitions.find((definition) => definition.kind === Kind.OPERATION_DEFINITION)!;
}

function responseKeysOf({ selections }: SelectionSetNode, document: DocumentNode): string[] {
  return selections.flatMap((selection: SelectionNode) => {
    switch (selection.kind) {
      case Kind.FIELD: return [selection.alias?.value ?? selection.name.value];
      case Kind.INLINE_FRAGMENT: return responseKeysOf(selection.selectionSet, document);
      case Kind.FRAGMENT_SPREAD: return responseKeysOf(fragmentOf(document, selection.name.value).selectionSet, document);
      default: return selection satisfies never;
    }
  });
}

function fragmentOf({ definitions }: DocumentNode, name: string): FragmentDefinitionNode {
  const found = definitions.find((definition) => definition.kind === Kind.FRAGMENT_DEFINITION && definition.name.value === name);
  if (found?.kind !== Kind.FRAGMENT_DEFINITION) throw new Error(`The plan spreads a fragment "${name}" that it does not define.`);
  return found;
}
