import { execute, parse, type ExecutionResult } from 'graphql';
import { makeLibrary, type Library } from '../../test/support/library';
import { TEST_SCOPE } from '../../test/support/subgraphs';
import { buildSupergraph } from './build-supergraph';
import { InProcessClient } from './in-process-client';
import type { Supergraph } from './supergraph';

const library: Library = makeLibrary();
const graph: Supergraph = buildSupergraph(library.subgraphs.map((subgraph) => ({ client: new InProcessClient(subgraph), sdl: subgraph.sdl })));

function ask(text: string, variables?: Record<string, unknown>, operationName?: string): Promise<ExecutionResult> {
  return graph.execute({ document: parse(text), variables, operationName, scope: TEST_SCOPE });
}

/** The same question to the library as one schema. */
function askMerged(text: string, variables?: Record<string, unknown>): ExecutionResult {
  return execute({ schema: library.merged, document: parse(text), variableValues: variables }) as ExecutionResult;
}

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

beforeEach(() => {
  library.faults.clear();
  library.journal.length = 0;
});

describe('a federated graph answers like one schema', () => {
  it.each([
    ['entities over three subgraphs', '{ books { title authors { name reviews { text book { title } } } reviews { stars(scale: 2) author { name born } } } }'],
    ['@requires', '{ books(first: 4) { id shipping(country: "de") } }'],
    ['@requires of an entity that its subgraph reached from another', '{ books { reviews { book { title shipping(country: "de") } } } }'],
    ['@requires behind @requires', '{ books { shipping reviews { book { shipping reviews(first: 1) { book { x: shipping rating } } } } } }'],
    ['@requires at several such places', '{ a: books { reviews { book { shipping } text } } authors { reviews { ...R } } } fragment R on Review { book { ...B } } fragment B on Book { shipping reviews { book { shipping } } }'],
    ['@requires behind a union', '{ search { ... on Book { reviews { book { shipping } } } ... on Magazine { reviews { book { id shipping } author { name } } } } }'],
    ['@requires of an entity behind an abstract type', '{ books { mainAuthor { reviews { author { favourite { ... on Book { reviews { book { shipping } } shipping } ... on Magazine { title } } } } } } }'],
    ['@requires of a field that the client renames', '{ books { size: title cover: isbn shipping } }'],
    ['aliases that take the place of a key', '{ books { id: title authors { id: name reviews { id: text __typename: stars } } } }'],
    ['one entity behind two aliases with other fields under one key', '{ a: book(id: "b1") { mainAuthor { x: reviews(first: 0) { id } } } b: book(id: "b1") { mainAuthor { x: reviews(first: 1) { text } } } }'],
    ['an interface', '{ node(id: "b1") { id __typename ... on Book { rating } ... on Magazine { reviews { id } } } nodes { id ... on Book { mainAuthor { name } } } }'],
    ['a union whose members give one key two types', '{ search { ... on Book { title reviews { id } } ... on Magazine { title issue reviews { text } } } }'],
    ['lists in lists with nulls', '{ shelves { title mainAuthor { name } } latest { text author { name } } }'],
    ['named fragments on abstract types', '{ search { ...I } nodes { ...N } } fragment N on Node { id ...I } fragment I on Item { t: __typename ... on Book { rating next { title } } }'],
    ['an entity that is not there', '{ book(id: "nope") { title rating } author(id: "nope") { name } }'],
    ['only __typename', '{ t: __typename }'],
    ['an alias named __proto__', '{ books { __proto__: title rating } }'],
  ])('%s', async (_law, text) => {
    expect(plain(await ask(text))).toEqual(plain(askMerged(text)));
  });

  it.each([true, false])('@skip and @include with %s', async (yes) => {
    const text = `query ($yes: Boolean!, $no: Boolean = true) {
      books @include(if: $yes) { title rating @skip(if: $yes) mainAuthor { name @include(if: $no) } ...F @skip(if: $no) } } fragment F on Book { authors { id } }`;
    for (const variables of [{ yes }, { yes, no: false }]) expect(plain(await ask(text, variables))).toEqual(plain(askMerged(text, variables)));
  });

  it('fills in the defaults of variables and arguments', async () => {
    const text = 'query ($first: Int = 1, $scale: Int) { books(first: $first) { reviews { stars(scale: $scale) } } }';
    expect(plain(await ask(text))).toEqual(plain(askMerged(text)));
  });

  it('runs the operation that is named', async () => {
    expect((await ask('query A { book(id: "b1") { id } } query B { author(id: "a1") { name } }', {}, 'B')).data).toEqual({ author: { name: 'Author 1' } });
  });
});

describe('introspection', () => {
  it('is answered from the API schema, beside data and through fragments', async () => {
    const result = await ask('query ($n: String!) { s: __schema { q: queryType { name } } ...T books(first: 1) { rating } } fragment T on Query { __type(name: $n) { ...K } } fragment K on __Type { k: kind }', { n: 'Book' });
    expect(plain(result)).toEqual({ data: { s: { q: { name: 'Query' } }, __type: { k: 'OBJECT' }, books: [{ rating: 0.5 }] } });
  });

  it('shows neither federation fields nor what is inaccessible', async () => {
    const { data } = await ask('{ __schema { types { name fields { name } } } __type(name: "Genre") { enumValues { name } } }');
    expect(JSON.stringify(data)).not.toMatch(/_entities|_service|join__|SECRET/);
  });
});

describe('errors and nulls', () => {
  it('tells an error wherever the client sees the entity, with its code and the subgraph', async () => {
    library.faults.set('Book.rating:b2', 'throw');
    const result = await ask('{ books { mine: rating } same: book(id: "b2") { rating } }');
    expect(result.data).toMatchObject({ books: [{ mine: 0.5 }, { mine: null }, { mine: 1.5 }], same: { rating: null } });
    const told = result.errors!.map(({ path, message, extensions }) => ({ path: path!.join('.'), message, extensions }));
    expect(new Map(told.map(({ path, ...rest }) => [path, rest]))).toEqual(new Map([
      ['books.1.mine', { message: 'Book.rating fails', extensions: { subgraph: 'reviews' } }],
      ['same.rating', { message: 'Book.rating fails', extensions: { subgraph: 'reviews' } }],
    ]));
  });

  it('lets a null rise through non-null fields and lists to the nearest place that may be null', async () => {
    library.faults.set('Author.name:a2', 'throw');
    const text = '{ books { title authors { name } } shelves { authors { name } } author(id: "a2") { name } }';
    expect((await ask(text)).data).toBeNull();
    const nullable = '{ shelves { mainAuthor { name } } author(id: "a2") { name } }';
    expect(plain((await ask(nullable)).data)).toEqual(plain(askMerged(nullable).data));
  });

  it('explains a null that no subgraph explained, once and at its place', async () => {
    const library2 = makeLibrary();
    const reviews = library2.subgraphs[2]!;
    const holes = { ...reviews, schema: reviews.schema };
    const graph2 = buildSupergraph([...library2.subgraphs.slice(0, 2), holes].map((subgraph) => ({
      sdl: subgraph.sdl, client: new class extends InProcessClient {
        override async execute(...parameters: Parameters<InProcessClient['execute']>) {
          const result = await super.execute(...parameters);
          return result.data?.['_entities'] && subgraph === holes ? { data: { _entities: (result.data['_entities'] as unknown[]).map(() => null) } } : result;
        }
      }(subgraph),
    })));
    const result = await graph2.execute({ document: parse('{ book(id: "b1") { title reviews { id } } }'), scope: TEST_SCOPE });
    expect(plain(result)).toEqual({
      data: { book: null },
      errors: [{ message: 'Cannot return null for non-nullable field Book.reviews.', path: ['book', 'reviews'], extensions: { code: 'INTERNAL_SERVER_ERROR' } }],
    });
  });

  it('refuses variables that do not fit, without asking a subgraph', async () => {
    const before = library.subgraphs.map(({ executions }) => executions());
    const result = await ask('query ($first: Int!) { books(first: $first) { id } }', { first: 'many' });
    expect([result.data, result.errors?.[0]?.extensions['code']]).toEqual([undefined, 'BAD_USER_INPUT']);
    expect(library.subgraphs.map(({ executions }) => executions())).toEqual(before);
  });

  it('refuses a document with several operations when none is named', async () => {
    await expect(ask('query A { books { id } } query B { books { id } }')).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
  });
});

describe('calls', () => {
  it('asks for each entity once, however often the response holds it', async () => {
    const [, people, reviews] = library.subgraphs;
    const before = [people!.executions(), reviews!.executions()];
    await ask('{ books(first: 4) { reviews { author { born } book { mainAuthor { born } } } authors { born } } }');
    expect([people!.executions() - before[0]!, reviews!.executions() - before[1]!]).toEqual([2, 1]);
  });
});

describe('mutations', () => {
  it('run one after the other across subgraphs, in the order of the document', async () => {
    const result = await ask('mutation { a: addBook(title: "A") { title rating } b: renameAuthor(id: "a1", name: "B") { name reviews { id } } c: addBook(title: "C") { title } d: lendBook(id: "b2") { mainAuthor { name } } }');
    expect(library.journal).toEqual(['addBook A', 'renameAuthor a1', 'addBook C', 'lendBook b2']);
    expect(plain(result.data)).toMatchObject({ a: { title: 'A', rating: 0.5 }, b: { name: 'B' }, c: { title: 'C' }, d: { mainAuthor: { name: 'Author 2' } } });
  });

  it('stop when one fails whose null rises to the root', async () => {
    library.faults.set('Mutation.burnBook:', 'throw');
    const result = await ask('mutation { lendBook(id: "b1") { id } burnBook(id: "b1") { id } renameAuthor(id: "a1", name: "B") { name } }');
    expect([library.journal, result.data]).toEqual([['lendBook b1', 'burnBook b1'], null]);
  });

  it('go on when one fails that may be null', async () => {
    library.faults.set('Mutation.lendBook:', 'throw');
    const result = await ask('mutation { lendBook(id: "b1") { id } renameAuthor(id: "a1", name: "B") { name } }');
    expect(plain(result.data)).toEqual({ lendBook: null, renameAuthor: { name: 'B' } });
  });
});
