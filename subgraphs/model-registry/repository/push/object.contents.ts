/** What `git cat-file --batch` writes: `<id> <type> <size>\n<bytes>\n` for each object. */
export function* contentsOf(output: Buffer): Generator<Buffer> {
  for (let at = 0; at < output.length;) {
    const line = output.indexOf('\n', at);
    const size = Number(output.toString('latin1', at, line).split(' ')[2]);
    yield output.subarray(line + 1, line + 1 + size);
    at = line + 1 + size + 1;
  }
}
