import fc from 'fast-check';
import { PlatformError } from '../../../platform/errors';
import { parseFilter } from './mlflow.filter';

describe('a filter', () => {
  it.each([
    ['', []],
    ["name = 'a'", [{ isTag: false, key: 'name', operator: '=', values: ['a'] }]],
    ["name LIKE 'it''s%' and tags.task != \"ocr\"", [{ isTag: false, key: 'name', operator: 'LIKE', values: ["it's%"] }, { isTag: true, key: 'task', operator: '!=', values: ['ocr'] }]],
    ["tag.`a b.c` ilike 'x'", [{ isTag: true, key: 'a b.c', operator: 'ILIKE', values: ['x'] }]],
    ['version_number>=3', [{ isTag: false, key: 'version_number', operator: '>=', values: ['3'] }]],
    ["attribute.run_id IN ('a', 'b')", [{ isTag: false, key: 'run_id', operator: 'IN', values: ['a', 'b'] }]],
    ["likely = 'x' AND android = 'y' AND inside = 'z'", ['likely', 'android', 'inside'].map((key, at) => ({ isTag: false, key, operator: '=', values: ['xyz'[at]] }))],
  ])('is read: %s', (text, expected) => {
    expect(parseFilter(text)).toEqual(expected);
  });

  it.each(["name", "name =", "name = 'a' OR name = 'b'", "name = 'a", "'a' = 'a'", "name = name", "name = 'a'; drop table model", "name = 'a' AND", "name IN 'a'", "name IN ()", "name IN ('a'", "name == 'a'", "-- x", "(name = 'a')", "x".repeat(5_000)])(
    'is refused: %s', (text) => {
      expect(() => parseFilter(text)).toThrow(PlatformError);
    },
  );

  it('of any text is read or refused, in time that grows with its length alone', () => {
    fc.assert(fc.property(fc.string({ maxLength: 200 }), (text) => {
      try {
        parseFilter(text);
      } catch (error) {
        expect(error).toMatchObject({ code: 'BAD_USER_INPUT' });
      }
    }));
  });
});
