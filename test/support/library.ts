import type { GraphQLSchema } from 'graphql';
import { withFaults, type Faults, type Row } from './faulty-fields';
import { EventSource, makeSchema, makeSubgraph, type Reference, type Resolvers, type TestSubgraph } from './subgraphs';

/**
 * A library over three subgraphs, and the same library as one schema: whatever a client asks, both must answer alike.
 */
export interface Library {
  readonly subgraphs: readonly TestSubgraph[];
  readonly merged: GraphQLSchema;
  readonly faults: Faults;
  readonly bookChanged: EventSource<{ bookChanged: unknown }>;
  /** Mutations in the order in which they ran. */
  readonly journal: string[];
}

const catalogTypes = (federated: boolean) => `
  type Query { book(id: ID!): Book books(first: Int = 3): [Book!]! node(id: ID!): Node nodes: [Node]! search: [Item!]! shelves: [[Book!]]! }
  type Mutation { addBook(title: String!): Book! burnBook(id: ID!): Book! lendBook(id: ID!): Book }
  type Subscription { bookChanged: Book! }
  interface Node { id: ID! }
  union Item = Book | Magazine
  enum Genre { NOVEL ESSAY ${federated ? 'SECRET @inaccessible' : ''} }
  type Cover { width: Int! height: Int }
  type Magazine implements Node ${federated ? '@key(fields: "id")' : ''} { id: ID! title: String issue: Int! }
  type Book implements Node ${federated ? '@key(fields: "id")' : ''} {
    id: ID! title: String! isbn: String size: Int genre: Genre cover: Cover sequels(first: Int): [Book!]! next: Book ${federated ? '' : mergedBookFields} }`;

const mergedBookFields = `authors: [Author!]! mainAuthor: Author reviews(first: Int): [Review!]! rating: Float shipping(country: String): Float`;

const peopleTypes = `
  type Query { author(id: ID!): Author authors: [Author!]! }
  type Mutation { renameAuthor(id: ID!, name: String!): Author! }
  type Author @key(fields: "id") { id: ID! name: String! @shareable born: Int favourite: Item friends: [Author] }
  union Item = Book | Magazine
  type Magazine @key(fields: "id") { id: ID! }
  type Book @key(fields: "id") { id: ID! authors: [Author!]! mainAuthor: Author }`;

const reviewTypes = `
  type Query { review(id: ID!): Review latest: [Review]! }
  type Review @key(fields: "id") { id: ID! text: String! stars(scale: Int = 1): Float! author: Author @provides(fields: "name") book: Book! }
  type Author @key(fields: "id") { id: ID! name: String! @external reviews(first: Int): [Review!]! }
  type Cover { width: Int! @external }
  type Magazine @key(fields: "id") { id: ID! reviews: [Review!]! }
  type Book @key(fields: "id") {
    id: ID! size: Int @external cover: Cover @external
    reviews(first: Int): [Review!]! rating: Float shipping(country: String): Float @requires(fields: "size cover { width }") }`;

const mergedTypes = `${catalogTypes(false)}
  extend type Query { author(id: ID!): Author authors: [Author!]! review(id: ID!): Review latest: [Review]! }
  extend type Mutation { renameAuthor(id: ID!, name: String!): Author! }
  extend type Magazine { reviews: [Review!]! }
  type Author { id: ID! name: String! born: Int favourite: Item friends: [Author] reviews(first: Int): [Review!]! }
  type Review { id: ID! text: String! stars(scale: Int = 1): Float! author: Author book: Book! }`;

const books: Row[] = [1, 2, 3, 4].map((n) => ({
  __typename: 'Book', id: `b${n}`, title: `Book ${n}`, isbn: n === 2 ? null : `isbn-${n}`, size: n * 100, genre: n % 2 ? 'NOVEL' : 'ESSAY',
  cover: n === 3 ? null : { width: n, height: n * 2 }, rating: n / 2,
}));
const magazines: Row[] = [1, 2].map((n) => ({ __typename: 'Magazine', id: `m${n}`, title: n === 1 ? 'Magazine 1' : null, issue: n }));
const authors: Row[] = [1, 2, 3].map((n) => ({ __typename: 'Author', id: `a${n}`, name: `Author ${n}`, born: n === 1 ? null : 1900 + n }));
const reviews: Row[] = [1, 2, 3, 4, 5].map((n) => ({ __typename: 'Review', id: `r${n}`, text: `Review ${n}`, bookId: `b${(n % 4) + 1}`, authorId: `a${(n % 3) + 1}` }));
const byId = new Map([...books, ...magazines, ...authors, ...reviews].map((row) => [row.id, row]));
const find = (id: string, type: string): Row | null => { const row = byId.get(id); return row?.['__typename'] === type ? row : null; };
const firstOf = <Item>(items: Item[], first?: number | null): Item[] => items.slice(0, first ?? items.length);

type R = Row;
const plainFields = { Book: ['title', 'isbn', 'genre'], Magazine: ['title', 'issue'], Author: ['name', 'born'], Review: ['text'] };
const fields = {
  Query: {
    book: (_: R, { id }: { id: string }) => find(id, 'Book'), books: (_: R, { first }: { first: number }) => firstOf(books, first),
    node: (_: R, { id }: { id: string }) => find(id, 'Book') ?? find(id, 'Magazine'), nodes: () => [books[0], null, magazines[0], books[3]],
    search: () => [books[1], magazines[0], books[0], magazines[1]], shelves: () => [[books[0], books[1]], null, [books[2]]],
    author: (_: R, { id }: { id: string }) => find(id, 'Author'), authors: () => authors,
    review: (_: R, { id }: { id: string }) => find(id, 'Review'), latest: () => [reviews[2], null, reviews[0]],
  },
  Book: {
    sequels: ({ id }: R, { first }: { first?: number }) => firstOf(books.filter((book) => book.id > id), first),
    next: ({ id }: R) => books.find((book) => book.id > id) ?? null,
    authors: ({ id }: R) => authors.filter((author) => author.id !== `a${id.slice(1)}`), mainAuthor: ({ id }: R) => find(`a${id.slice(1)}`, 'Author'),
    reviews: ({ id }: R, { first }: { first?: number }) => firstOf(reviews.filter(({ bookId }) => bookId === id), first),
    rating: ({ id }: R) => find(id, 'Book')!['rating'],
    shipping: ({ size, cover }: R, { country }: { country?: string }) =>
      (size as number) * ((cover as { width: number } | null)?.width ?? 1) + (country?.length ?? 0),
  },
  Magazine: { reviews: ({ id }: R) => reviews.slice(0, Number(id.slice(1))) },
  Author: {
    favourite: ({ id }: R) => [books[0], magazines[1], null][Number(id.slice(1)) - 1],
    friends: ({ id }: R) => [...authors.filter((author) => author.id !== id), null],
    reviews: ({ id }: R, { first }: { first?: number }) => firstOf(reviews.filter(({ authorId }) => authorId === id), first),
  },
  Review: {
    stars: ({ id }: R, { scale }: { scale: number }) => Number(id.slice(1)) * scale,
    author: ({ authorId }: R) => find(authorId as string, 'Author'), book: ({ bookId }: R) => find(bookId as string, 'Book'),
  },
};

export function makeLibrary(): Library {
  const faults: Faults = new Map();
  const journal: string[] = [];
  const bookChanged = new EventSource<{ bookChanged: unknown }>();
  const resolvers: Resolvers = withFaults(fields, plainFields, faults);
  resolvers['Mutation'] = mutations(journal, faults) as unknown as Resolvers[string];
  resolvers['Subscription'] = { bookChanged: { subscribe: () => bookChanged.open() } };
  const load = ({ __typename, id }: Reference) => find(String(id), __typename);
  const loadBookForReviews = ({ id, size, cover }: Reference) => (find(String(id), 'Book') ? { id, size, cover } : null);
  const subgraphs = [
    makeSubgraph({ name: 'catalog', sdl: catalogTypes(true), resolvers, references: { Book: load, Magazine: load } }),
    makeSubgraph({ name: 'people-and-names', sdl: peopleTypes, resolvers, references: { Author: load, Book: load, Magazine: load } }),
    makeSubgraph({ name: 'reviews', sdl: reviewTypes, resolvers, references: { Review: load, Author: load, Magazine: load, Book: loadBookForReviews } }),
  ];
  return { subgraphs, merged: makeSchema(mergedTypes, resolvers), faults, bookChanged, journal };
}

function mutations(journal: string[], faults: Faults) {
  const run = (name: string, key: string, answer: () => unknown): unknown => {
    journal.push(`${name} ${key}`);
    if (faults.has(`Mutation.${name}:`)) throw new Error(`Mutation.${name} fails`);
    return answer();
  };
  return {
    addBook: (_: R, { title }: { title: string }) => run('addBook', title, () => ({ ...books[0], title })),
    burnBook: (_: R, { id }: { id: string }) => run('burnBook', id, () => find(id, 'Book')),
    lendBook: (_: R, { id }: { id: string }) => run('lendBook', id, () => find(id, 'Book')),
    renameAuthor: (_: R, { id, name }: { id: string; name: string }) => run('renameAuthor', id, () => ({ ...find(id, 'Author'), name })),
  };
}
