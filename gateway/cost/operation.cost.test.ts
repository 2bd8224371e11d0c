import { Kind, parse, type OperationDefinitionNode } from 'graphql';
import { costSchemaOf, DocumentCosts } from './document.costs';

const SDL = `
  directive @cost(weight: Int!) on FIELD_DEFINITION | OBJECT | ARGUMENT_DEFINITION
  directive @listSize(assumedSize: Int, slicingArguments: [String!], sizedFields: [String!], requireOneSlicingArgument: Boolean) on FIELD_DEFINITION
  type Query {
    name: String
    book: Book
    books(first: Int, after: String): Books! @listSize(assumedSize: 20, slicingArguments: ["first"], sizedFields: ["edges"])
    shelf(length: Int = 5): [Book!]! @listSize(slicingArguments: ["length"])
    all: [Book!]!
    search(text: String! @cost(weight: 7)): Book @cost(weight: 3)
    free: Free
  }
  type Mutation { add: Book }
  type Books { edges: [Edge!]! page: Free! }
  type Edge { node: Book! }
  type Book { title: String author: Author pages(first: Int): Books! @listSize(assumedSize: 10, slicingArguments: ["first"], sizedFields: ["edges"]) }
  type Author { name: String }
  type Free @cost(weight: 0) { name: String }
`;
const schema = costSchemaOf(SDL);

function costOf(text: string, variables: Record<string, unknown> = {}): number {
  const document = parse(text);
  const operation = document.definitions.find(({ kind }) => kind === Kind.OPERATION_DEFINITION) as OperationDefinitionNode;
  return new DocumentCosts(document, schema).of(operation).of(variables);
}

describe('the cost of an operation', () => {
  it.each([
    ['nothing for leaves', '{ name }', 0],
    ['1 for an object', '{ book { title author { name } } }', 2],
    ['10 beside for a mutation', 'mutation { add { title } }', 11],
    ['as many as are asked for of a page', '{ books(first: 3) { edges { node { title author { name } } } page { name } } }', 1 + 3 * 3],
    ['the assumed size of a page', '{ books { edges { node { title } } } }', 1 + 20 * 2],
    ['the size that an argument has by default', '{ shelf { title } }', 5],
    ['the given size over the default', '{ shelf(length: 2) { title } }', 2],
    ['10 for a list of unknown size', '{ all { title } }', 10],
    ['pages within pages as a product', '{ books(first: 10) { edges { node { pages(first: 10) { edges { node { title } } } } } } }', 1 + 10 * (2 + 1 + 10 * 2)],
    ['what @cost says of a field and an argument', '{ search(text: "a") { title } }', 10],
    ['nothing where @cost says so', '{ free { name } }', 0],
    ['a fragment as often as it is spread', '{ book { ...a } other: book { ...a } } fragment a on Book { author { name } }', 4],
    ['a list within a fragment of a page', '{ books(first: 4) { ...a } } fragment a on Books { edges { node { title } } }', 1 + 4 * 2],
    ['nothing that is skipped for certain', '{ book @skip(if: true) { title } name }', 0],
  ])('is %s', (_law, text, cost) => {
    expect(costOf(text)).toBe(cost);
  });

  it('follows the variables, their defaults and null', () => {
    const text = 'query ($n: Int = 2, $with: Boolean!) { books(first: $n) { edges { node { title author @include(if: $with) { name } } } } }';
    expect(costOf(text, { with: false })).toBe(1 + 2 * 2);
    expect(costOf(text, { n: 5, with: true })).toBe(1 + 5 * 3);
    expect(costOf(text, { n: null, with: false })).toBe(1 + 20 * 2);
  });

  it.each([[-1_000_000], [1e308], [Number.NaN], ['12'], [[3]], [{}]])('is a positive number whatever stands in the place of a size: %p', (n) => {
    const cost = costOf('query ($n: Int) { a: books(first: $n) { edges { node { pages(first: $n) { edges { node { title } } } } } } b: all { author { name } } }', { n });
    expect(cost).toBeGreaterThan(0);
    expect(Number.isFinite(cost)).toBe(true);
  });

  it('cannot be lowered by a size below nothing in one place for another', () => {
    const query = (n: number) => `{ a: books(first: ${n}) { edges { node { title } } } b: books(first: 100) { edges { node { title } } } }`;
    expect(costOf(query(-100))).toBeGreaterThan(costOf(query(0)));
  });

  it('of fragments that double with every level is known without walking them', () => {
    const levels = Array.from({ length: 200 }, (_, n) => `fragment f${n} on Book { ...f${n + 1} x${n}: pages(first: $n) { edges { node { ...f${n + 1} } } } }`);
    const text = `query ($n: Int) { books(first: $n) { edges { node { ...f0 ...f0 } } } } ${levels.join(' ')} fragment f200 on Book { author { name } }`;
    expect(costOf(text, { n: 100 })).toBe(1e9);
  });
});
