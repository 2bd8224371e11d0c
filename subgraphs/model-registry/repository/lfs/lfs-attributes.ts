export const ATTRIBUTES = '.gitattributes';

const LFS = 'filter=lfs diff=lfs merge=lfs -text';
const MODELS = `*.onnx ${LFS}`;

/** What `.gitattributes` must say so that clients fetch these files by Git LFS; what its people wrote stays (gitattributes(5)). */
export function trackingAlso(text: string | null, paths: readonly string[]): string {
  const lines = text === null ? [MODELS] : text.replace(/\n$/, '').split('\n');
  const isTracked = (path: string) => path.endsWith('.onnx') && lines.includes(MODELS);
  const missing = paths.filter((path) => !isTracked(path)).map(lineOf).filter((line) => !lines.includes(line));
  return text !== null && missing.length === 0 ? text : [...lines, ...missing, ''].join('\n');
}

/** From the root of the repository; a name with a space, a quote or a wildcard is quoted. */
function lineOf(path: string): string {
  const pattern = `/${path.replace(/[*?[\]\\]/g, '\\$&')}`;
  return `${/[\s"\\]/.test(pattern) ? `"${pattern.replace(/["\\]/g, '\\$&')}"` : pattern} ${LFS}`;
}
