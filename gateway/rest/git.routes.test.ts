import { bearerOf } from './git.routes';

const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

describe('the credentials of Git', () => {
  it.each([
    ['takes the password as the key', basic('ada:secret'), 'Bearer secret'],
    ['takes a key with colons whole', basic('ada:a:b:c'), 'Bearer a:b:c'],
    ['takes a name without password as the key', basic('secret:'), 'Bearer secret'],
    ['leaves a Bearer as it is', 'Bearer secret', 'Bearer secret'],
    ['leaves nothing as it is, so that it stays nothing', undefined, undefined],
    ['makes of empty credentials a key that nobody has', basic(':'), 'Bearer '],
    ['makes of what is no base64 a key that nobody has', 'Basic %%%', 'Bearer '],
  ])('%s', (_title, authorization, expected) => {
    expect(bearerOf(authorization)).toBe(expected);
  });
});
