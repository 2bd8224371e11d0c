import fc from 'fast-check';
import { collisionOf, faultOfPath } from './push.paths';

const NUL_FREE = fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }).filter((text) => !text.includes('\0'));

describe('a path of a push', () => {
  it.each([
    ['model.onnx'], ['.gitattributes'], ['.gitignore'], ['deep/er/README.md'], ['a b.txt'], ['größe.txt'], ['模型/重み.onnx'], ['модель.onnx'], ['نموذج.txt'], ['..a'], ['a..b'], ['-rf'], ['com'], ['console.log'], ['nullable'], ['😀.png'],
  ])('may be %s', (path) => {
    expect(faultOfPath(path)).toBeNull();
  });

  it.each([
    ['the parent', 'a/../b'], ['the folder itself', './a'], ['absolute', '/etc/passwd'], ['a double slash', 'a//b'], ['a slash at its end', 'a/'], ['nothing', ''],
    ['a backslash', 'a\\b'], ['a drive', 'C:evil'], ['an alternate stream', 'model.onnx::$DATA'], ['a wildcard', 'a*b'], ['a pipe', 'a|b'],
    ['a new line', 'a\nb'], ['an escape', 'a\u001b[31mb'], ['DEL', 'a\u007fb'], ['C1', 'a\u0085b'],
    ['a right-to-left override', 'gnp.\u202Exnno.exe'], ['an isolate', 'a\u2066b'], ['a zero-width space', 'a\u200Bb'], ['a zero-width joiner', '.g\u200Dit'], ['a byte order mark', '\uFEFFa'], ['a soft hyphen', 'a\u00ADb'],
    ['a tag character', 'a\u{E0041}b'], ['a line separator', 'a\u2028b'], ['a paragraph separator', 'a\u2029b'], ['a no-break space', 'a\u00A0b'], ['an ideographic space', 'a\u3000b'], ['a filler', 'a\u3164b'], ['a variation selector', 'a\uFE0Fb'],
    ['a grapheme joiner', 'a\u034Fb'], ['private use', 'a\uE000b'], ['a noncharacter', 'a\uFFFEb'], ['what is no UTF-8', 'a\uFFFDb'], ['a lone surrogate', 'a\uD800b'],
    ['letters that are not composed', 'cafe\u0301.txt'], ['an accent for the slash before it', 'a/\u0301b'], ['full-width dots', '\uFF0E\uFF0E/a'], ['a full-width slash', 'a\uFF0Fb'], ['a two-dot leader', '\u2025'], ['full-width .git', '\uFF0Egit/config'],
    ['a dot at its end', 'a.'], ['a space at its end', 'a '], ['a space at its beginning', ' a'], ['three dots', '...'],
    ['a device', 'CON'], ['a device with a suffix', 'a/aux.onnx'], ['a serial port', 'com1'], ['a raised serial port', 'COM\u00B9.txt'],
    ['.git', '.git/config'], ['.GIT', 'a/.GIT'], ['the short name of .git', 'GIT~1'], ['.gitmodules', '.gitmodules'], ['.lfsconfig in a folder', 'a/.LfsConfig'],
    ['a long name', 'x'.repeat(256)], ['a long name in bytes', '模'.repeat(86)], ['a long path', 'a/'.repeat(600) + 'b'],
  ])('may not hold %s', (_what, path) => {
    expect(faultOfPath(path)).not.toBeNull();
  });

  it('that passes is the same after every normalisation that could make it another, and shows all that it holds', () => {
    fc.assert(fc.property(NUL_FREE, (path) => {
      if (faultOfPath(path) !== null) return;
      expect(path.normalize('NFC')).toBe(path);
      expect(path.split('/').some((part) => ['', '.', '..'].includes(part.normalize('NFKC')))).toBe(false);
      expect(/[\p{C}\p{Zl}\p{Zp}\\]/u.test(path.replace(/\p{Cn}/gu, ''))).toBe(false);
    }), { numRuns: 2_000 });
  });
});

describe('the paths of a commit', () => {
  it.each([
    [['README.md', 'readme.MD']], [['a/b', 'A/c']], [['a', 'A/b']], [['straße', 'STRASSE']], [['ΣΑΣ', 'σας']], [['ı', 'I']], [['K', 'k']],
  ])('may not be one and the same on a system that knows no case: %j', (paths) => {
    expect(collisionOf(paths)).toEqual(expect.any(Array));
  });

  it('may be as many as differ', () => {
    expect(collisionOf(['a/b', 'a/c', 'b', 'ab', 'a.b', 'model.onnx'])).toBeNull();
  });
});
