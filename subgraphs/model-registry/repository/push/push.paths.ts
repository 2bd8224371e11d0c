const PATH_MAX_LENGTH = 1_024;
/** Of most file systems. */
const NAME_MAX_BYTES = 255;

/** Readers' Git would do what these say: their keys would go where it points. */
const OF_GIT = /^(\.git|git~\d+|\.gitmodules|\.lfsconfig)$/i;
/** Controls, what is not shown or turns the text around, line ends, spaces other than the one, private use, what is no character. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\p{Noncharacter_Code_Point}\p{Default_Ignorable_Code_Point}\uFFFD]|(?! )\p{Zs}/u;
/** What Windows cannot hold, or takes for a path, a stream or a pattern. */
const SPECIAL = /[\\<>:"|?*]/;
const DEVICE = /^(con|prn|aux|nul|com[\d¹²³]|lpt[\d¹²³])(\..*)?$/i;

/** Why some system could not hold a path as it is, or would take it for another; null when every one can. */
export function faultOfPath(path: string): string | null {
  if (path.length > PATH_MAX_LENGTH) return 'is too long';
  for (const name of path.split('/')) {
    const fault = faultOfName(name);
    if (fault) return fault;
  }
  return null;
}

/** Two spellings that are one on a system that does not tell upper from lower case; null when there are none. */
export function collisionOf(paths: readonly string[]): [string, string] | null {
  const spellings = new Map<string, string>();
  for (const path of paths) {
    for (let end = path.indexOf('/'); ; end = path.indexOf('/', end + 1)) {
      const spelling = end === -1 ? path : path.slice(0, end);
      const folded = spelling.toUpperCase().toLowerCase().normalize('NFC');
      const other = spellings.get(folded);
      if (other !== undefined && other !== spelling) return [other, spelling];
      spellings.set(folded, spelling);
      if (end === -1) break;
    }
  }
  return null;
}

function faultOfName(name: string): string | null {
  // What looks the same is the same to some: U+FF0E is a dot, and two of them the parent.
  const plain = name.normalize('NFKC');
  if (plain === '' || /^\.+$/.test(plain) || plain.includes('/')) return 'is no path inside of the repository';
  if (OF_GIT.test(plain)) return 'would change how other people\'s Git works';
  if (UNSEEN.test(name)) return 'holds characters that are not shown as they are';
  if (name !== name.normalize('NFC') || /^\p{M}/u.test(name)) return 'is not in the composed form of Unicode (NFC)';
  if (SPECIAL.test(plain) || DEVICE.test(name) || /^ |[. ]$/.test(name) || Buffer.byteLength(name) > NAME_MAX_BYTES) return 'is no path that every system can hold';
  return null;
}
