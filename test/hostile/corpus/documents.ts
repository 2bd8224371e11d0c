import { createHash } from 'node:crypto';

/** A document that no door may run, and the code that it is refused with. */
export interface HostileDocument {
  name: string;
  text: string;
  code: string;
  /** The limit that it passes. */
  limit?: string;
  variables?: Record<string, unknown>;
  operationName?: string;
}

const PARSE = 'GRAPHQL_PARSE_FAILED';
const INVALID = 'GRAPHQL_VALIDATION_FAILED';
const INPUT = 'BAD_USER_INPUT';

const times = (count: number, make: (index: number) => string) => Array.from({ length: count }, (_, index) => make(index)).join(' ');
const PAGE = 'edges { node {';
/** Pages within pages: three levels of fields each. */
const pages = (levels: number, inner: string): string => (levels === 0 ? inner : `deployments(first: 1) { ${PAGE} model { ${pages(levels - 1, inner)} } } } }`);
const model = (selection: string) => `{ model(fullName: "a") { ${selection} } }`;
const limited = (limit: string, entries: [name: string, text: string][]): HostileDocument[] =>
  entries.map(([name, text]) => ({ name, text, limit, code: limit === 'tokens' ? PARSE : limit === 'cost' ? 'COST_TOO_HIGH' : INVALID }));
const refused = (code: string, entries: [name: string, text: string][]): HostileDocument[] => entries.map(([name, text]) => ({ name, text, code }));

const depth = limited('depth', [
  ['13 fields below each other', model(pages(3, 'id'))],
  ['100 levels', model(pages(25, 'id'))],
  ['13 levels over fragments', `${model('...a')} fragment a on Model { ${pages(1, '...b')} } fragment b on Model { ${pages(2, 'id')} }`],
  ['13 levels over inline fragments', model(`... on Model { ${pages(3, '... on Model { id }')} }`)],
  ['13 levels in what a mutation answers', `mutation { createModel(input: { name: "a" }) { model { ${pages(3, 'id')} } } }`],
  ['13 levels in a subscription', `subscription { modelVersionUpdated(id: "1") { model { ${pages(3, 'id')} } } }`],
  ['13 levels under an alias', `{ a: model(fullName: "a") { b: ${pages(3, 'id')} } }`],
]);

const aliases = limited('aliases', [
  ['31 aliases of one field', model(times(31, (n) => `a${n}: id`))],
  ['250 aliases of an expensive field', `{ ${times(250, (n) => `a${n}: viewer { id }`)} }`],
  ['31 aliased mutations', `mutation { ${times(31, (n) => `a${n}: cancelJob(input: { id: "${n}" }) { job { id } }`)} }`],
  ['31 aliases of __typename', `{ ${times(31, (n) => `a${n}: __typename`)} }`],
  ['aliases that a fragment multiplies', `{ ${times(4, (n) => `a${n}: viewer { ...b }`)} } fragment b on Viewer { ${times(8, (n) => `b${n}: id`)} }`],
  ['aliases that fragments double level by level', `{ viewer { ...f0 } } ${times(60, (n) => `fragment f${n} on Viewer { ...f${n + 1} ...f${n + 1} }`)} fragment f60 on Viewer { a: id }`],
  ['31 aliases of introspection', `{ ${times(31, (n) => `a${n}: __schema { queryType { name } }`)} }`],
]);

const directives = limited('directives', [
  ['51 conditions', model('id @include(if: true) '.repeat(51))],
  ['400 unknown directives on a field', model(`id ${'@a '.repeat(400)}`)],
  ['51 directives on the operation', `query ${'@a '.repeat(51)} { viewer { id } }`],
  ['conditions that a fragment multiplies', `{ ${times(4, (n) => `a${n}: viewer { ...b }`)} } fragment b on Viewer { ${'id @skip(if: false) '.repeat(13)} }`],
  ['51 conditions on spreads', `{ viewer { ${'...b @include(if: true) '.repeat(51)} } } fragment b on Viewer { id }`],
]);

const repeats = limited('repeats', [
  ['400 times the same field with a selection', `{ ${'viewer { id } '.repeat(400)} }`],
  ['250 times the same two levels', `{ ${'viewer { namespaces { edges { cursor } } } '.repeat(180)} }`],
  ['the same field in 41 inline fragments', `{ ${'... { viewer { id } } '.repeat(41)} }`],
  ['the same field over many fragments', `{ ${times(25, (n) => `...f${n}`)} } ${times(25, (n) => `fragment f${n} on Query { ${'viewer { id } '.repeat(8)} }`)}`],
]);

const fields = limited('fields', [
  ['fragments that double level by level', `{ viewer { ...f0 } } ${times(60, (n) => `fragment f${n} on Viewer { ...f${n + 1} ...f${n + 1} }`)} fragment f60 on Viewer { id }`],
  ['fragments that grow like rabbits', `{ viewer { ...f0 } } ${times(80, (n) => `fragment f${n} on Viewer { ...f${n + 1} ...f${n + 2} }`)} fragment f80 on Viewer { id } fragment f81 on Viewer { id }`],
  ['a wide fragment in many places', `{ ${times(25, (n) => `a${n}: viewer { ...w }`)} } fragment w on Viewer { ${'id '.repeat(100)} }`],
]);

const tokens = limited('tokens', [
  ['2,001 names', `{ ${'viewer '.repeat(2_000)} }`],
  ['a megabyte of names, less the envelope', `{ ${'a '.repeat(450_000)} }`],
  ['a list of 3,000 numbers', `{ jobs(status: [${'1 '.repeat(3_000)}]) { edges { cursor } } }`],
  ['3,000 variables', `query (${times(1_000, (n) => `$v${n}: Int`)}) { viewer { id } }`],
  ['3,000 opening brackets', '{ a '.repeat(3_000)],
  ['600 fragments', `{ viewer { id } } ${times(600, (n) => `fragment f${n} on Viewer { id }`)}`],
]);

const cost = limited('cost', [
  ['100 pages of 100', `{ models(first: 100) { ${PAGE} versions(first: 100) { ${PAGE} id } } } } } } }`],
  ['three pages within each other', `{ models(first: 30) { ${PAGE} versions(first: 30) { ${PAGE} deployments(first: 30) { ${PAGE} id } } } } } } } } } }`],
  ['a page of two billion', `{ models(first: 2147483647) { ${PAGE} id } } } }`],
  ['30 pages beside each other', `{ ${times(30, (n) => `a${n}: jobs(first: 100) { ${PAGE} deployment { model { id } } } } }`)} }`],
]).concat([{
  name: 'a page as long as a variable says', text: `query ($n: Int!) { models(first: $n) { ${PAGE} versions(first: $n) { ${PAGE} id } } } } } } }`, variables: { n: 100 },
  code: 'COST_TOO_HIGH', limit: 'cost',
}, {
  name: 'a page as long as a variable says by default', text: `query ($n: Int = 1000000) { models(first: $n) { ${PAGE} id } } } }`,
  code: 'COST_TOO_HIGH', limit: 'cost',
}]);

const fragments = refused(INVALID, [
  ['a fragment that spreads itself', '{ viewer { ...a } } fragment a on Viewer { id ...a }'],
  ['two fragments that spread each other', '{ viewer { ...a } } fragment a on Viewer { ...b } fragment b on Viewer { ...a }'],
  ['100 fragments in a circle', `{ viewer { ...f0 } } ${times(100, (n) => `fragment f${n} on Viewer { ...f${(n + 1) % 100} }`)}`],
  ['a circle over a field', `${model('...a')} fragment a on Model { deployments { ${PAGE} model { ...a } } } }`.concat(' }')],
  ['a web of circles', `{ viewer { ...f0 } } ${times(40, (n) => `fragment f${n} on Viewer { ${times(10, (k) => `...f${(n * 7 + k) % 40}`)} }`)}`],
  ['a fragment that nobody spreads', '{ viewer { id } } fragment a on Viewer { id }'],
  ['a fragment that there is not', '{ viewer { ...a } }'],
  ['a fragment on a scalar', '{ viewer { ...a } } fragment a on String { length }'],
  ['a fragment on a type that there is not', '{ viewer { ...a } } fragment a on Nothing { id }'],
  ['a fragment on a type that cannot be there', '{ viewer { ...a } } fragment a on Model { id }'],
  ['two fragments of one name', '{ viewer { ...a } } fragment a on Viewer { id } fragment a on Viewer { id }'],
]);

const types = refused(INVALID, [
  ['a number for a text', '{ model(fullName: 7) { id } }'],
  ['a list for a text', '{ model(fullName: ["a"]) { id } }'],
  ['an object for a text', '{ model(fullName: { a: 1 }) { id } }'],
  ['nothing for what must be', '{ model(fullName: null) { id } }'],
  ['no argument where one must be', '{ model { id } }'],
  ['an argument that there is not', '{ model(fullName: "a", name: "b") { id } }'],
  ['an argument twice', '{ model(fullName: "a", fullName: "b") { id } }'],
  ['a value that the enum has not', '{ jobs(status: [GONE]) { edges { cursor } } }'],
  ['an enum as text', '{ jobs(status: ["QUEUED"]) { edges { cursor } } }'],
  ['a whole number beyond 32 bits', '{ models(first: 2147483648) { edges { cursor } } }'],
  ['a fraction for a whole number', '{ models(first: 1.5) { edges { cursor } } }'],
  ['an input field that there is not', 'mutation { cancelJob(input: { id: "1", force: true }) { job { id } } }'],
  ['an input field twice', 'mutation { cancelJob(input: { id: "1", id: "2" }) { job { id } } }'],
  ['an input without its fields', 'mutation { cancelJob(input: {}) { job { id } } }'],
  ['a variable that is not declared', '{ model(fullName: $name) { id } }'],
  ['a variable that nobody uses', 'query ($a: Int) { viewer { id } }'],
  ['a variable of a type that answers', 'query ($a: Model) { model(fullName: $a) { id } }'],
  ['a variable of another type', 'query ($a: Int!) { model(fullName: $a) { id } }'],
  ['a variable twice', 'query ($a: String!, $a: String!) { model(fullName: $a) { id } }'],
  ['a field that there is not', '{ password }'],
  ['an object without a selection', '{ viewer }'],
  ['a selection of a leaf', '{ viewer { id { value } } }'],
  ['two meanings of one name', '{ model(fullName: "a") { id id: name } }'],
  ['500 clashes', `{ viewer { ${times(400, (n) => (n % 2 ? 'id' : 'id: name'))} } }`],
]);

const operations = refused(INVALID, [
  ['no operation, only a fragment', 'fragment a on Viewer { id }'],
  ['two without a name', '{ viewer { id } } { viewer { id } }'],
  ['one without a name among others', '{ viewer { id } } query b { viewer { id } }'],
  ['two of one name', 'query a { viewer { id } } query a { viewer { id } }'],
  ['several, none named', 'query a { viewer { id } } query b { viewer { id } }'],
  ['a schema of its own', 'type Query { password: String } { viewer { id } }'],
  ['an extension of ours', 'extend type Query { password: String } { viewer { id } }'],
  ['two subscriptions in one', 'subscription { jobUpdated(id: "1") { id } jobEvents(id: "1") { seq } }'],
  ['a subscription to what is no event', 'subscription { __typename }'],
  ['the entities of federation', '{ _entities(representations: [{ __typename: "Model", id: "1" }]) { __typename } }'],
  ['the SDL of a subgraph', '{ _service { sdl } }'],
  ['introspection in a circle', `{ __schema { types { ${'fields { type { '.repeat(8)} name ${'} } '.repeat(8)} } } }`],
]).concat([{ name: 'a name that the document has not', text: 'query a { viewer { id } }', operationName: 'b', code: INVALID }]);

const incremental = refused('INCREMENTAL_DELIVERY_UNSUPPORTED', [
  ['@defer on an inline fragment', '{ viewer { ... @defer { id } } }'],
  ['@defer on a spread, with a label', '{ viewer { ...a @defer(label: "late") } } fragment a on Viewer { id }'],
  ['@defer within a fragment', '{ viewer { ...a } } fragment a on Viewer { ... @defer { id } }'],
  ['@defer that is switched off', '{ viewer { ... @defer(if: false) { id } } }'],
  ['@defer that a variable decides on', 'query ($late: Boolean = false) { viewer { ... @defer(if: $late) { id } } }'],
  ['@defer in a mutation', 'mutation { cancelJob(input: { id: "1" }) { ... @defer { job { id } } } }'],
  ['@defer in a subscription', 'subscription { jobUpdated(id: "1") { ... @defer { id } } }'],
  ['@defer of what does not exist', '{ viewer { ... @defer { nothing } } }'],
  ['@stream on a list', '{ models { edges @stream(initialCount: 1) { cursor } } }'],
  ['both of them, again and again', `{ ${times(20, () => '... @defer { viewer { id } }')} models { edges @stream { cursor } } }`],
]);

const syntax = refused(PARSE, [
  ['white space', ' \n\t '], ['a comment', '# nothing'], ['a byte order mark', '\uFEFF'], ['a bracket that is open', '{ viewer { id }'],
  ['a bracket too many', '{ viewer { id } } }'], ['an empty selection', '{ }'], ['no GraphQL but SQL', "' OR 1=1; drop table jobs; --"],
  ['no GraphQL but HTML', '<script>alert(1)</script>'], ['no GraphQL but JSON', '{"query": "{ viewer { id } }"}'], ['a template', '{{constructor.constructor("return this")()}}'],
  ['a zero byte', '{ viewer { id\u0000 } }'], ['a text without an end', '{ model(fullName: "a) { id } }'], ['a block text without an end', '{ model(fullName: """a) { id } }'],
  ['an escape that there is not', '{ model(fullName: "\\q") { id } }'], ['half a surrogate pair', '{ model(fullName: "\\uD800") { id } }'],
  ['a code point beyond Unicode', '{ model(fullName: "\\u{110000}") { id } }'], ['a number with a leading zero', '{ models(first: 01) { edges { cursor } } }'],
  ['a number that is none', '{ models(first: 1e) { edges { cursor } } }'], ['a name with a hyphen', '{ view-er }'], ['smart quotes', '{ model(fullName: “a”) { id } }'],
  ['3,000 brackets of values', `{ model(fullName: ${'['.repeat(3_000)}) { id } }`],
  ['300 KB in one wrong name', `{ ${'a'.repeat(300_000)}-b }`],
]);

const variables: HostileDocument[] = ([
  ['a number for a text', { name: 7 }], ['null where none may be', { name: null }], ['none where one must be', {}], ['a list for a text', { name: ['a'] }],
  ['an object for a text', { name: { toString: 'a' } }], ['1,000 brackets for a text', { name: JSON.parse(`${'['.repeat(1_000)}${']'.repeat(1_000)}`) as unknown }],
] as [string, Record<string, unknown>][]).map(([name, given]) => ({
  name: `in a variable: ${name}`, text: 'query ($name: String!) { model(fullName: $name) { id } }', variables: given, code: INPUT,
}));

/** What clients send to make us work, to make us fall, or to see what they may not. */
export const HOSTILE_DOCUMENTS: readonly HostileDocument[] = [
  ...depth, ...aliases, ...directives, ...repeats, ...fields, ...tokens, ...cost, ...fragments, ...types, ...operations, ...incremental, ...syntax, ...variables,
];

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
