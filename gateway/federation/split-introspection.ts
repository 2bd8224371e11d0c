import { Kind, TypeInfo, visit, visitWithTypeInfo, type DocumentNode, type FieldNode, type GraphQLSchema, type OperationDefinitionNode, type SelectionSetNode } from 'graphql';
import { isIntrospection } from './isolate-aliases';

const TYPENAME: FieldNode = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: '__typename' } };

/** The document without `__schema` and `__type`, which no subgraph answers; null when that leaves the operation nothing to fetch. */
export function withoutIntrospection(document: DocumentNode, operation: OperationDefinitionNode): DocumentNode | null {
  const rest = pruneFields(document, ({ name }) => isIntrospection(name.value));
  const selections = rest.definitions.find((definition) => isSame(definition, operation)) as OperationDefinitionNode;
  const hasData = selections.selectionSet.selections.some((selection) => selection.kind !== Kind.FIELD || selection.name.value !== '__typename');
  return hasData ? rest : null;
}

/** The document with nothing but `__schema` and `__type` at its root, for graphql-js and the API schema; null when it asks for neither. */
export function onlyIntrospection(document: DocumentNode, schema: GraphQLSchema): DocumentNode | null {
  let isAsked = false;
  visit(document, { Field({ name }) { isAsked ||= isIntrospection(name.value); } });
  if (!isAsked) return null;
  const typeInfo = new TypeInfo(schema);
  const isData = ({ name }: FieldNode) => typeInfo.getParentType() === schema.getQueryType() && !isIntrospection(name.value);
  return pruneFields(document, isData, typeInfo);
}

/** A selection set that loses all its fields keeps `__typename`, since GraphQL has no empty ones. */
function pruneFields(document: DocumentNode, isPruned: (field: FieldNode) => boolean, typeInfo?: TypeInfo): DocumentNode {
  const visitor = {
    Field: (field: FieldNode) => (isPruned(field) ? null : undefined),
    SelectionSet: {
      leave: (set: SelectionSetNode) => (set.selections.length === 0 ? { ...set, selections: [TYPENAME] } : undefined),
    },
  };
  return visit(document, typeInfo ? visitWithTypeInfo(typeInfo, visitor) : visitor);
}

function isSame(definition: DocumentNode['definitions'][number], operation: OperationDefinitionNode): boolean {
  return definition.kind === Kind.OPERATION_DEFINITION && definition.name?.value === operation.name?.value;
}
