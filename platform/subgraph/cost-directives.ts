import {
  DirectiveLocation, getNamedType, GraphQLBoolean, GraphQLDirective, GraphQLInt, GraphQLList, GraphQLNonNull, GraphQLString, isObjectType,
  type GraphQLField, type GraphQLSchema,
} from 'graphql';
import { DEFAULT_PAGE_SIZE } from '../paging';

const names = new GraphQLList(new GraphQLNonNull(GraphQLString));

/** What the gateway weighs operations by before it runs them: the cost specification of Federation 2.9. */
export const costDirectives = [
  new GraphQLDirective({
    name: 'cost', locations: [DirectiveLocation.FIELD_DEFINITION, DirectiveLocation.OBJECT, DirectiveLocation.ARGUMENT_DEFINITION],
    args: { weight: { type: new GraphQLNonNull(GraphQLInt) } },
  }),
  new GraphQLDirective({
    name: 'listSize', locations: [DirectiveLocation.FIELD_DEFINITION],
    args: {
      assumedSize: { type: GraphQLInt }, slicingArguments: { type: names }, sizedFields: { type: names },
      requireOneSlicingArgument: { type: GraphQLBoolean },
    },
  }),
];

const PAGE_SIZE = {
  assumedSize: DEFAULT_PAGE_SIZE, slicingArguments: ['first'], sizedFields: ['edges'], requireOneSlicingArgument: false,
};

/** Every connection is paged by the same arguments, so its size is declared here instead of at each field. */
export function declarePageSizes(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type)) continue;
    for (const field of Object.values(type.getFields())) if (isPaged(field)) declare(field);
  }
}

function isPaged({ type, args }: GraphQLField<unknown, unknown>): boolean {
  const named = getNamedType(type);
  return isObjectType(named) && named.getFields()['edges'] !== undefined && args.some(({ name }) => name === 'first');
}

function declare(field: GraphQLField<unknown, unknown>): void {
  field.extensions = { ...field.extensions, directives: { ...field.extensions['directives'] as object | undefined, listSize: PAGE_SIZE } };
}
