import { readCard } from './model-card';

describe('a model card', () => {
  it.each([
    ['no front matter', '# Card\n'], ['front matter that does not end', '---\ntags: [a]\n'], ['front matter that is no YAML', '---\n{ : [\n---\n'], ['a list', '---\n- a\n---\n'],
    ['aliases that multiply', '---\na: &a [x, x]\nb: &b [*a, *a]\ntags: [*b, *b]\n---\n'], ['numbers for words', '---\ntags: 5\nbase_model: 7\n---\n'], ['a program for a page', '---\ntraining_run: javascript:alert(1)\n---\n'],
    ['metrics that are none', '---\nmetrics: { a: .nan, b: .inf, c: high }\nmodel-index: [{ results: 3 }]\n---\n'], ['a tag that makes objects', '---\nmetrics: !!js/function "x"\n---\n'],
  ])('tells nothing by %s', (_what, text) => expect(readCard(text)).toEqual({}));

  it('never makes a prototype of what it reads', () => {
    readCard('---\n__proto__: { polluted: 1 }\nmetrics: { __proto__: 2, ok: 1 }\n---\n');
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });

  it('tells metrics of several data sets apart, and leaves out what is too long', () => {
    const card = `---\r\nmodel-index:\r\n- results:\r\n  - { dataset: { name: a }, metrics: [{ type: f1, value: 1 }] }\r\n  - { dataset: { name: b }, metrics: [{ type: f1, value: 2 }] }\r\nparameters: { long: "${'x'.repeat(5_001)}", ok: true }\r\n---\r\n`;
    expect(readCard(card)).toEqual({ metrics: [{ name: 'a/f1', value: 1 }, { name: 'b/f1', value: 2 }], parameters: [{ name: 'ok', value: 'true' }] });
  });
});
