import { buildSchema, getIntrospectionQuery, parse, specifiedRules, validate } from 'graphql';
import { accessRules, LIMITS, limitRules, parseOptions } from './limits';

const schema = buildSchema('type Query { node: Node } type Node { id: ID! node: Node }');
const faults = (text: string, allowsIntrospection = true) =>
  validate(schema, parse(text, parseOptions), [...specifiedRules, ...limitRules, ...accessRules({ allowsIntrospection })]).map(({ message }) => message);
/** `levels` fields below each other. */
const nested = (levels: number) => `${'{ node '.repeat(levels - 1)}{ node { id } }${' }'.repeat(levels - 1)}`.replace('{ node { id } }', '{ id }');
const aliased = (count: number) => Array.from({ length: count }, (_, index) => `a${index}: id`).join(' ');

describe('limits of a document', () => {
  it('allows the deepest selection and refuses one level more', () => {
    expect(faults(nested(LIMITS.depth))).toEqual([]);
    expect(faults(nested(LIMITS.depth + 1))).toEqual(['The operation is 13 fields deep; at most 12 are allowed.']);
  });

  it('counts depth through fragments', () => {
    const inner = nested(LIMITS.depth - 1);
    expect(faults(`{ node { ...a } } fragment a on Node ${inner}`)).toEqual([]);
    expect(faults(`{ node { node { ...a } } } fragment a on Node ${inner}`)).toHaveLength(1);
  });

  it('allows as many aliases as the limit and refuses one more', () => {
    expect(faults(`{ node { ${aliased(LIMITS.aliases)} } }`)).toEqual([]);
    expect(faults(`{ node { ${aliased(LIMITS.aliases + 1)} } }`)).toEqual(['The operation has 31 aliases; at most 30 are allowed.']);
  });

  it('counts the aliases of a fragment once per spread', () => {
    expect(faults(`{ x: node { ...a } y: node { ...a } } fragment a on Node { ${aliased(15)} }`)).toHaveLength(1);
  });

  it('refuses fragments that double with every level without expanding them', () => {
    const levels = Array.from({ length: 60 }, (_, n) => `fragment f${n} on Node { ...f${n + 1} ...f${n + 1} }`);
    expect(faults(`{ node { ...f0 } } ${levels.join(' ')} fragment f60 on Node { a: id }`)).toEqual([expect.stringContaining('aliases'), expect.stringContaining('fields')]);
  });

  it('allows as many directives as the limit and refuses one more, wherever they stand', () => {
    const many = (count: number) => `{ node { ${'...a @include(if: true) '.repeat(count)} } } fragment a on Node { id }`;
    expect(faults(many(LIMITS.directives))).toEqual([]);
    expect(faults(many(LIMITS.directives + 1))).toEqual(['The operation has 51 directives; at most 50 are allowed.']);
  });

  it('counts the directives inside a fragment once per spread', () => {
    expect(faults(`{ node { ...a ...a ...a } } fragment a on Node { ${'id @skip(if: false) '.repeat(17)} }`)).toHaveLength(1);
  });

  it('refuses a field with selections that is repeated in one place more than the limit allows', () => {
    const repeated = (count: number) => `{ ${'node { id } '.repeat(count)} }`;
    expect(faults(repeated(LIMITS.repeats))).toEqual([]);
    expect(faults(repeated(LIMITS.repeats + 1))).toEqual(['A field with selections is asked for 41 times in one place; at most 40 are allowed.']);
    expect(faults(`{ node { ${'... { node { id } } '.repeat(LIMITS.repeats + 1)} } }`)).toHaveLength(1);
  });

  it('stops parsing after the last allowed token', () => {
    const ids = (count: number) => () => parse(`{ ${'id '.repeat(count)} }`, parseOptions);
    expect(ids(LIMITS.tokens - 2)).not.toThrow();
    expect(ids(LIMITS.tokens - 1)).toThrow(/more that 2000 tokens/);
  });

  it("lets every tool's introspection query pass, unless introspection is off", () => {
    const query = getIntrospectionQuery({ inputValueDeprecation: true, specifiedByUrl: true, oneOf: true, schemaDescription: true });
    expect(faults(query)).toEqual([]);
    expect(faults(query, false)).not.toEqual([]);
    expect(faults('{ node { __typename } }', false)).toEqual([]);
  });

  it('refuses introspection that walks in circles', () => {
    const circle = (levels: number): string => (levels === 0 ? 'name' : `fields { type { ${circle(levels - 1)} } }`);
    expect(faults(`{ __schema { types { ${circle(8)} } } }`)).not.toEqual([]);
  });
});
