import { TextCache } from './text-cache';

describe('a text cache', () => {
  it('drops what was used longest ago once all texts together pass the bound', () => {
    const cache = new TextCache<number>(6);
    cache.set('aa', 1);
    cache.set('bb', 2);
    cache.set('cc', 3);
    cache.get('aa');
    cache.set('dd', 4);
    expect(['aa', 'bb', 'cc', 'dd'].map((text) => cache.get(text))).toEqual([1, undefined, 3, 4]);
  });

  it('counts a text once that is set twice', () => {
    const cache = new TextCache<number>(4);
    cache.set('aa', 1);
    cache.set('aa', 2);
    cache.set('bb', 3);
    expect([cache.get('aa'), cache.size]).toEqual([2, 2]);
  });

  it('does not keep a text longer than the bound', () => {
    const cache = new TextCache<number>(3);
    cache.set('abcd', 1);
    expect(cache.size).toBe(0);
  });
});
