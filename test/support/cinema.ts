import type { GraphQLSchema } from 'graphql';
import { withFaults, type Faults, type Row } from './faulty-fields';
import { makeSchema, makeSubgraph, type Reference, type TestSubgraph } from './subgraphs';

/** A cinema: an entity interface to which another subgraph adds fields (`@interfaceObject`), and persons with a nested key beside a plain one. */
export interface Cinema {
  readonly subgraphs: readonly TestSubgraph[];
  readonly merged: GraphQLSchema;
  readonly faults: Faults;
}

const programme = `
  type Query { media(id: ID!): Media medias(first: Int): [Media!]! film(id: ID!): Film screens: [[Film]!] }
  interface Media @key(fields: "id") { id: ID! title: String! }
  type Film implements Media @key(fields: "id") { id: ID! title: String! minutes: Int! director: Person sequel: Film }
  type Series implements Media @key(fields: "id") { id: ID! title: String! seasons: [[Int!]!] spinOff: Media }
  type Person @key(fields: "id") { id: ID! }`;

const scores = `
  type Query { worst: Media comments: [Comment]! }
  type Media @key(fields: "id") @interfaceObject { id: ID! score: Float! comments(first: Int): [Comment!]! }
  type Comment @key(fields: "id") { id: ID! body: String on: Media! by: Person }
  type Person @key(fields: "id") { id: ID! comments: [Comment!]! }`;

const people = `
  type Query { people(first: Int): [Person!]! person(id: ID!): Person }
  type Person @key(fields: "id") @key(fields: "name { first last }") { id: ID! name: Name! films: [Film!] agent: Person }
  type Name { first: String! last: String! }
  type Film @key(fields: "id") { id: ID! cast: [Person!]! }`;

const awards = `
  type Query { awards: [Award]! }
  type Person @key(fields: "name { first last }") { name: Name! awards: [Award!] }
  type Name { first: String! last: String! }
  union Award = Oscar | Bear
  enum Metal { GOLD SILVER }
  type Oscar { year: Int! film: Film! to: Person }
  type Bear { year: Int! metal: Metal! film: Film }
  type Film @key(fields: "id") { id: ID! awards: [Award!]! }`;

const media = 'id: ID! title: String! score: Float! comments(first: Int): [Comment!]!';
const merged = `
  type Query { media(id: ID!): Media medias(first: Int): [Media!]! film(id: ID!): Film screens: [[Film]!] worst: Media comments: [Comment]!
    people(first: Int): [Person!]! person(id: ID!): Person awards: [Award]! }
  interface Media { ${media} }
  type Film implements Media { ${media} minutes: Int! director: Person sequel: Film cast: [Person!]! awards: [Award!]! }
  type Series implements Media { ${media} seasons: [[Int!]!] spinOff: Media }
  type Comment { id: ID! body: String on: Media! by: Person }
  type Person { id: ID! name: Name! films: [Film!] agent: Person comments: [Comment!]! awards: [Award!] }
  type Name { first: String! last: String! }
  union Award = Oscar | Bear
  enum Metal { GOLD SILVER }
  type Oscar { year: Int! film: Film! to: Person }
  type Bear { year: Int! metal: Metal! film: Film }`;

const films: Row[] = [1, 2, 3].map((n) => ({ __typename: 'Film', id: `f${n}`, title: `Film ${n}`, minutes: 80 + n }));
const series: Row[] = [1, 2].map((n) => ({ __typename: 'Series', id: `s${n}`, title: `Series ${n}`, seasons: n === 1 ? null : [[1, 2], [], [3]] }));
const persons: Row[] = [1, 2, 3].map((n) => ({ __typename: 'Person', id: `p${n}`, name: { first: `First ${n % 2}`, last: `Last ${n}` } }));
const comments: Row[] = [1, 2, 3, 4].map((n) => ({
  __typename: 'Comment', id: `c${n}`, body: n === 2 ? null : `Comment ${n}`, mediaId: ['f1', 's1', 'f2', 's2'][n - 1], personId: `p${(n % 3) + 1}`,
}));
const prizes: Row[] = [1, 2, 3].map((n) => ({
  __typename: n === 2 ? 'Bear' : 'Oscar', id: `w${n}`, year: 2000 + n, metal: 'SILVER', filmId: `f${n}`, personId: n === 3 ? null : `p${n}`,
}));
const byId = new Map([...films, ...series, ...persons, ...comments, ...prizes].map((row) => [row.id, row]));
const find = (id: unknown, ...types: string[]): Row | null => {
  const row = byId.get(String(id));
  return row && types.includes(String(row['__typename'])) ? row : null;
};
const firstOf = <Item>(items: Item[], first?: number | null): Item[] => items.slice(0, first ?? items.length);

interface Given { id: string; first?: number | null }
const fields = {
  Query: {
    media: (_: Row, { id }: Given) => find(id, 'Film', 'Series'), medias: (_: Row, { first }: Given) => firstOf([films[0], series[0], films[2], series[1]], first),
    film: (_: Row, { id }: Given) => find(id, 'Film'), screens: () => [[films[0], null], [films[1]]],
    worst: () => series[1], comments: () => [comments[0], null, comments[3]],
    people: (_: Row, { first }: Given) => firstOf(persons, first), person: (_: Row, { id }: Given) => find(id, 'Person'), awards: () => [prizes[1], null, prizes[0]],
  },
  Media: {
    score: ({ id }: Row) => Number(id.slice(1)) / 2,
    comments: ({ id }: Row, { first }: Given) => firstOf(comments.filter(({ mediaId }) => mediaId === id), first),
  },
  Film: {
    director: ({ id }: Row) => find(`p${id.slice(1)}`, 'Person'), sequel: ({ id }: Row) => films.find((film) => film.id > id) ?? null,
    cast: ({ id }: Row) => persons.filter((person) => person.id !== `p${id.slice(1)}`), awards: ({ id }: Row) => prizes.filter(({ filmId }) => filmId === id),
  },
  Series: { spinOff: ({ id }: Row) => (id === 's1' ? series[1] : films[0]) },
  Comment: { on: ({ mediaId }: Row) => find(mediaId, 'Film', 'Series'), by: ({ personId }: Row) => find(personId, 'Person') },
  Person: {
    films: ({ id }: Row) => (id === 'p2' ? null : films.slice(0, Number(id.slice(1)))), agent: ({ id }: Row) => persons.find((person) => person.id > id) ?? null,
    comments: ({ id }: Row) => comments.filter(({ personId }) => personId === id), awards: ({ id }: Row) => prizes.filter(({ personId }) => personId === id),
  },
  Oscar: { film: ({ filmId }: Row) => find(filmId, 'Film'), to: ({ personId }: Row) => find(personId, 'Person') },
  Bear: { film: ({ filmId }: Row) => find(filmId, 'Film') },
};
const plain = { Film: ['title', 'minutes'], Series: ['title', 'seasons'], Comment: ['body'], Oscar: ['year'], Bear: ['year', 'metal'] };

/** Media as the subgraph of scores sees them: ids without a type of their own. */
const asInterfaceObject = (row: Row | null) => row && { ...row, __typename: 'Media' };

export function makeCinema(): Cinema {
  const faults: Faults = new Map();
  const resolvers = withFaults(fields, plain, faults);
  const load = ({ __typename, id }: Reference) => find(id, __typename);
  const loadByName = ({ id, name }: Reference) => persons.find((person) => person.id === id || JSON.stringify(person['name']) === JSON.stringify(name)) ?? null;
  const scoresResolvers = {
    ...resolvers,
    Query: { ...resolvers['Query'], worst: wrapped(resolvers['Query']!['worst'] as Resolve) },
    Comment: { ...resolvers['Comment'], on: wrapped(resolvers['Comment']!['on'] as Resolve) },
  };
  const subgraphs = [
    makeSubgraph({ name: 'programme', sdl: programme, resolvers, references: { Film: load, Series: load, Person: load, Media: ({ id }) => find(id, 'Film', 'Series') } }),
    makeSubgraph({ name: 'scores', sdl: scores, resolvers: scoresResolvers as never, references: { Comment: load, Person: load, Media: ({ id }) => asInterfaceObject(find(id, 'Film', 'Series')) } }),
    makeSubgraph({ name: 'people', sdl: people.replace('type Name {', 'type Name @shareable {'), resolvers, references: { Person: loadByName, Film: load } }),
    makeSubgraph({ name: 'awards', sdl: awards.replace('type Name {', 'type Name @shareable {'), resolvers, references: { Person: loadByName, Film: load } }),
  ];
  const ofMedia = resolvers['Media'];
  return {
    subgraphs, faults,
    merged: makeSchema(merged, { ...resolvers, Film: { ...ofMedia, ...resolvers['Film'] }, Series: { ...ofMedia, ...resolvers['Series'] } }),
  };
}

type Resolve = (parent: never, parameters: never, context: never) => unknown;

function wrapped(resolve: Resolve): Resolve {
  return (parent, parameters, context) => asInterfaceObject(resolve(parent, parameters, context) as Row | null);
}
