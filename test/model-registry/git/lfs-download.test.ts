import { createHash } from 'node:crypto';
import { openGitRegistry, type GitRegistry } from '../../support/git-registry';
import { identityModel } from '../../support/onnx';

describe('an LFS object', () => {
  const bytes = identityModel();
  let bench: GitRegistry;
  let url: string;
  let headers: Record<string, string>;

  beforeAll(async () => {
    bench = await openGitRegistry();
    const remote = new URL(await bench.makeModel('default/m', 'VIEWER'));
    await bench.push('default/m', bytes);
    // Who asks for the refs is shown every version, and its object with it.
    headers = { authorization: `Bearer ${remote.password}` };
    const repository = `${remote.origin}${remote.pathname}`;
    await fetch(`${repository}/info/refs?service=git-upload-pack`, { headers });
    url = `${repository}/info/lfs/objects/${createHash('sha256').update(bytes).digest('hex')}`;
  });
  afterAll(() => bench.close());

  it('is resumed from where a broken download ended', async () => {
    const response = await fetch(url, { headers: { ...headers, range: 'bytes=20-' } });
    expect([response.status, response.headers.get('content-range')]).toEqual([206, `bytes 20-${bytes.length - 1}/${bytes.length}`]);
    expect(Buffer.from(await response.arrayBuffer())).toEqual(bytes.subarray(20));
  });

  it('has nothing behind its end, and says in the words of Git LFS where that is', async () => {
    const response = await fetch(url, { headers: { ...headers, range: `bytes=${bytes.length}-` } });
    expect([response.status, response.headers.get('content-range')]).toEqual([416, `bytes */${bytes.length}`]);
    expect(await response.json()).toMatchObject({ code: 'RANGE_NOT_SATISFIABLE', message: expect.any(String) as string });
  });
});
