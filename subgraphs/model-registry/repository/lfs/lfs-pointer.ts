/** What a repository holds in the place of a large file (Git LFS specification, docs/spec.md). */
export interface LfsPointer {
  /** SHA-256 in lower-case hex. */
  digest: string;
  sizeBytes: number;
}

/** No pointer is longer; a longer blob is a file. */
export const POINTER_MAX_BYTES = 1_024;

const POINTER = /^version https:\/\/git-lfs\.github\.com\/spec\/v1\n(?:ext-\d-[\w.-]+ [^\n]*\n)*oid sha256:([0-9a-f]{64})\nsize (\d{1,15})\n?$/;

/** Null when the bytes are a file of their own. */
export function readPointer(bytes: Buffer): LfsPointer | null {
  if (bytes.length > POINTER_MAX_BYTES) return null;
  const match = POINTER.exec(bytes.toString('latin1'));
  return match && { digest: match[1]!, sizeBytes: Number(match[2]) };
}

export function writePointer({ digest, sizeBytes }: LfsPointer): string {
  return `version https://git-lfs.github.com/spec/v1\noid sha256:${digest}\nsize ${sizeBytes}\n`;
}
