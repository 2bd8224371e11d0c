import { isDocument, requireApart, requireFilePath } from './file-path';

const BAD = { code: 'BAD_USER_INPUT' };
const refused = (work: () => unknown) => {
  try {
    work();
  } catch (error) {
    return (error as { code: string }).code;
  }
  return 'accepted';
};

describe('a path of a file in a version', () => {
  it.each([
    'model.onnx', 'onnx/weights.bin', 'tokenizer.json', 'README.md', 'a b/c (1).txt', '标签.txt', 'étiquettes.txt', 'weights.bin_0', 'v1,2+3@x=y/m-1.onnx', 'हिन्दी.txt', '_x',
  ])('may be "%s"', (path) => expect(requireFilePath(path)).toBe(path));

  it.each([
    ['leads out', '../x'], ['leads out later', 'a/../../x'], ['is absolute', '/etc/passwd'], ['names a drive', 'C:\\x'], ['names a drive with a slash', 'C:/x'], ['has a backslash', 'a\\b'],
    ['is empty', ''], ['is a folder', 'a/'], ['has an empty part', 'a//b'], ['is here', '.'], ['begins here', './a'], ['is hidden', '.gitattributes'], ['has a hidden folder', 'a/.git/config'],
    ['has a NUL', 'a\0b'], ['has a line end', 'a\nb'], ['has a tab', 'a\tb'], ['ends in a dot', 'a.'], ['ends in a space', 'a '], ['begins with a space', ' a'], ['begins with a dash', '-rf'],
    ['is a device', 'CON'], ['is a device with an extension', 'a/nul.txt'], ['is a device of digits', 'com1.onnx'], ['has a wildcard', '*.onnx'], ['has a quote', 'a"b'], ['has a stream', 'a:b'],
    ['has full-width dots', '\uFF0E\uFF0E/x'], ['has a full-width slash', 'a\uFF0Fb'], ['has a division slash', 'a\u2215b'], ['has a two-dot leader', '\u2025/x'], ['turns the text', 'a\u202Egpj.onnx'],
    ['has a zero-width space', 'a\u200Bb'], ['has a soft hyphen', 'a\u00ADb'], ['has a byte order mark', '\uFEFFa'], ['is no composed form', 'e\u0301.txt'], ['has a ligature', '\uFB01le.txt'],
    ['has a lone surrogate', 'a\uD800'], ['has a no-break space', 'a\u00A0b'], ['has a line separator', 'a\u2028b'], ['is a full-width letter', '\uFF41.onnx'], ['is long', `${'a'.repeat(256)}`],
    ['is deep', 'a/'.repeat(10) + 'b'], ['is longer than every path', 'ab/'.repeat(9) + 'x'.repeat(500)], ['is a home', '~/x'], ['is a variable', '$HOME'], ['is encoded', '%2e%2e/x'], ['has a private character', 'a\uE000'],
  ])('is refused when it %s', (_why, path) => expect(refused(() => requireFilePath(path))).toBe(BAD.code));

  it('is shown without what would turn the message', () => {
    expect(() => requireFilePath('a\u202Eb\n')).toThrow('"a?b?"');
  });
});

describe('paths of one version', () => {
  it('may share folders', () => expect(requireApart(['a/b', 'a/c', 'ab', 'a.b'])).toBeUndefined());

  it.each([
    [['a', 'a']], [['a.bin', 'A.BIN']], [['a/b', 'A/B']], [['stra\u00DFe', 'STRASSE']], [['\u212A', 'k']], [['a', 'a/b']], [['A', 'a/b']], [['a/b/c', 'a/B']],
  ])('are refused where one takes the place of another: %j', (paths) => expect(refused(() => requireApart(paths))).toBe(BAD.code));
});

it.each([
  ['README.md', true], ['docs/notes.MD', true], ['LICENSE', true], ['LICENCE.txt', true], ['.gitattributes', true], ['.github/x.yml', true], ['NOTICE', true],
  ['model.onnx', false], ['labels.txt', false], ['md', false], ['a.mdx', false], ['weights.bin', false],
])('tells whether %s is a document: %s', (path, is) => expect(isDocument(path)).toBe(is));
