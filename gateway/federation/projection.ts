import {
  isAbstractType, isLeafType, isListType, isNonNullType, isObjectType,
  type GraphQLCompositeType, type GraphQLObjectType, type GraphQLOutputType, type GraphQLSchema, type SelectionSetNode,
} from 'graphql';
import { completeLeaf, type Complete } from './complete-leaf';
import type { ProjectionState } from './projection-state';
import { isObject, type ResponseObject } from './response';
import { SelectionCollector, type CollectedField, type SelectionContext } from './selection-collector';

/** A null that may not stand where it is: it rises to the nearest place that may be null. */
const RISING_NULL = Symbol('rising null');

interface FieldShape {
  readonly responseKey: string;
  readonly dataKey: string;
  /** Null for `__typename`, which the shape itself knows. */
  readonly complete: Complete | null;
}

interface ObjectShape {
  readonly typename: string;
  readonly fields: readonly FieldShape[];
  /** `__proto__` as an alias would set the prototype of a plain object. */
  readonly needsBareObject: boolean;
}

/**
 * Brings what the subgraphs answered into the shape the client asked for: its fields in its order under its aliases, values checked
 * against the API schema, nulls risen as the GraphQL specification demands (§6.4.4). Compiled once per document, operation and
 * Boolean variables; object types on their first value, since a fragment spread may have many that never come.
 */
export class Projection {
  #collector: SelectionCollector;
  #root: () => ObjectShape;

  constructor(
    private readonly schema: GraphQLSchema, context: SelectionContext, root: { type: GraphQLObjectType; selectionSet: SelectionSetNode },
  ) {
    this.#collector = new SelectionCollector(schema, context);
    this.#root = once(() => this.#shape(root.type, [root.selectionSet]));
  }

  /** Null when a null has risen to the root. */
  project(data: ResponseObject, state: ProjectionState): ResponseObject | null {
    return completeObject(this.#root(), data, state, 0) as ResponseObject | null;
  }

  #shape(type: GraphQLObjectType, selectionSets: readonly SelectionSetNode[]): ObjectShape {
    const fields = this.#collector.collect(type, selectionSets).map((field): FieldShape => {
      const { responseKey, dataKey } = field;
      return { responseKey, dataKey, complete: field.name === '__typename' ? null : this.#field(type, field) };
    });
    return { typename: type.name, fields, needsBareObject: fields.some(({ responseKey }) => responseKey === '__proto__') };
  }

  #field(parent: GraphQLObjectType, { name, selectionSets }: CollectedField): Complete {
    // The API schema itself has answered `__schema` and `__type`.
    if (name.startsWith('__')) return (value) => value ?? null;
    const definition = parent.getFields()[name];
    if (!definition) throw new Error(`The API schema has no field ${parent.name}.${name}.`);
    return this.#complete(definition.type, `${parent.name}.${name}`, selectionSets);
  }

  #complete(type: GraphQLOutputType, field: string, selectionSets: readonly SelectionSetNode[]): Complete {
    if (isNonNullType(type)) return completeNonNull(this.#complete(type.ofType, field, selectionSets), field);
    if (isListType(type)) return completeList(this.#complete(type.ofType, field, selectionSets), field);
    if (isLeafType(type)) return completeLeaf(type);
    return this.#completeComposite(type, field, selectionSets);
  }

  #completeComposite(type: GraphQLCompositeType, field: string, selectionSets: readonly SelectionSetNode[]): Complete {
    const shapeOf = isAbstractType(type) ? this.#shapesByTypename(type, selectionSets) : this.#shapeOfObject(type as GraphQLObjectType, selectionSets);
    return (value, state, depth) => {
      if (value == null) return null;
      const shape = isObject(value) ? shapeOf(value['__typename']) : null;
      if (shape) return completeObject(shape, value as ResponseObject, state, depth);
      state.reportValue(`Expected an object of type ${type.name} for field ${field}.`, depth);
      return null;
    };
  }

  /** An object need not tell its type where there is one alone; one that does must tell the right one. */
  #shapeOfObject(type: GraphQLObjectType, selectionSets: readonly SelectionSetNode[]): (typename: unknown) => ObjectShape | null {
    const shape = once(() => this.#shape(type, selectionSets));
    return (typename) => (typeof typename === 'string' && typename !== type.name ? null : shape());
  }

  #shapesByTypename(type: GraphQLCompositeType, selectionSets: readonly SelectionSetNode[]): (typename: unknown) => ObjectShape | null {
    const shapes = new Map<string, ObjectShape>();
    return (typename) => {
      if (typeof typename !== 'string') return null;
      const known = shapes.get(typename);
      if (known) return known;
      const concrete = this.schema.getType(typename);
      if (!isObjectType(concrete) || !isAbstractType(type) || !this.schema.isSubType(type, concrete)) return null;
      const shape = this.#shape(concrete, selectionSets);
      shapes.set(typename, shape);
      return shape;
    };
  }
}

function completeObject(shape: ObjectShape, data: ResponseObject, state: ProjectionState, depth: number): unknown {
  const completed: ResponseObject = shape.needsBareObject ? Object.create(null) as ResponseObject : {};
  for (const { responseKey, dataKey, complete } of shape.fields) {
    if (complete === null) {
      completed[responseKey] = shape.typename;
      continue;
    }
    state.path[depth] = responseKey;
    const value = complete(data[dataKey], state, depth + 1);
    if (value === RISING_NULL) return null;
    completed[responseKey] = value;
  }
  return completed;
}

function completeNonNull(complete: Complete, field: string): Complete {
  return (value, state, depth) => {
    if (value == null) {
      state.reportNull(field, depth);
      return RISING_NULL;
    }
    return complete(value, state, depth) ?? RISING_NULL;
  };
}

function completeList(complete: Complete, field: string): Complete {
  return (value, state, depth) => {
    if (value == null) return null;
    if (!Array.isArray(value)) {
      state.reportValue(`Expected a list for field ${field}.`, depth);
      return null;
    }
    const completed = new Array<unknown>(value.length);
    for (let index = 0; index < value.length; index++) {
      state.path[depth] = index;
      const item = complete(value[index], state, depth + 1);
      if (item === RISING_NULL) return null;
      completed[index] = item;
    }
    return completed;
  };
}

function once<Value>(make: () => Value): () => Value {
  let made: Value | undefined;
  return () => (made ??= make());
}
