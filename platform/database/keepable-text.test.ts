import { isKeepableText } from './keepable-text';

describe('isKeepableText', () => {
  it.each(['', 'plain', 'ü😀', '😀😀', '\u0001', '\uffff'])('holds for %j', (text) => {
    expect(isKeepableText(text)).toBe(true);
  });

  it.each(['a\0b', '\ud800', '\udc00', '\ud800\ud800', '\udc00\ud800', '😀\ud83d', 'a\udfffb'])('does not hold for %j', (text) => {
    expect(isKeepableText(text)).toBe(false);
  });
});
