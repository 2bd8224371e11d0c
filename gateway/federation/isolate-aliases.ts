import { Kind, visit, type DocumentNode } from 'graphql';

export interface IsolatedDocument {
  readonly document: DocumentNode;
  /** What the client calls an isolated alias. */
  readonly responseKeys: ReadonlyMap<string, string>;
}

/**
 * Gives every alias a name that no field has. A client may write `{ model { id: name deployments { … } } }`; planned as it stands, the
 * name would take the place of the key by which the next subgraph finds the model. The same alias of the same field keeps one name,
 * so that selections which GraphQL merges still do.
 */
export function isolateAliases(document: DocumentNode): IsolatedDocument {
  const names = new Map<string, string>();
  const responseKeys = new Map<string, string>();
  const isolated = visit(document, {
    Field(field) {
      if (isIntrospection(field.name.value)) return false;
      if (!field.alias || field.alias.value === field.name.value) return undefined;
      const identity = `${field.name.value}:${field.alias.value}`;
      const name = names.get(identity) ?? `_alias_${names.size}`;
      names.set(identity, name);
      responseKeys.set(name, field.alias.value);
      return { ...field, alias: { kind: Kind.NAME, value: name } };
    },
  });
  return { document: isolated, responseKeys };
}

/** Fields of the query root that the gateway answers from the API schema. */
export function isIntrospection(fieldName: string): boolean {
  return fieldName === '__schema' || fieldName === '__type';
}
