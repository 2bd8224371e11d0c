import {
  getNamedType, GraphQLIncludeDirective, GraphQLSkipDirective, getDirectiveValues, isAbstractType, Kind, TypeInfo, visit, visitWithTypeInfo,
  type DocumentNode, type FieldNode, type GraphQLSchema, type OperationDefinitionNode, type SelectionNode,
} from 'graphql';
import { isIntrospection } from './isolate-aliases';
import { pruneSelections } from './prune-selections';
import type { Variables } from './subgraph-client';

const TYPENAME: FieldNode = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: '__typename' } };

/**
 * What the planner gets of a client's document; null when that leaves nothing to fetch.
 *
 * `@skip` and `@include` are decided by the variables, `__schema` and `__type` are gone. `__typename` is there exactly where the type of
 * an object has to be learnt: the client's own may have an alias, and elsewhere the schema knows it.
 */
export function plannableDocument(
  document: DocumentNode, operation: OperationDefinitionNode, { schema, variables }: { schema: GraphQLSchema; variables: Variables },
): DocumentNode | null {
  const isNotFetched = (selection: SelectionNode) => !isIncluded(selection, variables) || isMeta(selection);
  const pruned = pruneSelections(document, isNotFetched, new TypeInfo(schema));
  const rest = pruned.definitions.find((definition) => isSame(definition, operation)) as OperationDefinitionNode;
  return rest.selectionSet.selections.length === 0 ? null : withTypenames(withoutConditions(pruned), schema);
}

/** The document with nothing but `__schema` and `__type` at its root, for graphql-js and the API schema; null when it asks for neither. */
export function onlyIntrospection(document: DocumentNode, schema: GraphQLSchema): DocumentNode | null {
  let isAsked = false;
  visit(document, { Field({ name }) { isAsked ||= isIntrospection(name.value); } });
  if (!isAsked) return null;
  const typeInfo = new TypeInfo(schema);
  const isData = (selection: SelectionNode) => selection.kind === Kind.FIELD
    && typeInfo.getParentType() === schema.getQueryType() && !isIntrospection(selection.name.value);
  return pruneSelections(document, isData, typeInfo);
}

/** Whether the selection's own `@skip` and `@include` let it stand. */
export function isIncluded(selection: SelectionNode, variables: Variables): boolean {
  if (!selection.directives?.length) return true;
  if (getDirectiveValues(GraphQLSkipDirective, selection, variables)?.['if'] === true) return false;
  return getDirectiveValues(GraphQLIncludeDirective, selection, variables)?.['if'] !== false;
}

function withoutConditions(document: DocumentNode): DocumentNode {
  return visit(document, { Directive: ({ name }) => (name.value === 'skip' || name.value === 'include' ? null : undefined) });
}

function withTypenames(document: DocumentNode, schema: GraphQLSchema): DocumentNode {
  const typeInfo = new TypeInfo(schema);
  return visit(document, visitWithTypeInfo(typeInfo, {
    Field: {
      leave({ selectionSet, ...field }) {
        if (!selectionSet || !isAbstractType(getNamedType(typeInfo.getType()))) return undefined;
        return { ...field, selectionSet: { ...selectionSet, selections: [TYPENAME, ...selectionSet.selections] } };
      },
    },
  }));
}

function isMeta(selection: SelectionNode): boolean {
  return selection.kind === Kind.FIELD && (selection.name.value === '__typename' || isIntrospection(selection.name.value));
}

function isSame(definition: DocumentNode['definitions'][number], operation: OperationDefinitionNode): boolean {
  return definition.kind === Kind.OPERATION_DEFINITION && definition.name?.value === operation.name?.value;
}
