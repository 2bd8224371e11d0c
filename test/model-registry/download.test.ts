import { makeCaller } from '../support/ask';
import { identityModel } from '../support/onnx';
import { openRegistry, type RegistryBench } from '../support/registry';

describe('downloads', () => {
  let bench: RegistryBench;
  let url: string;
  const bytes = identityModel();

  beforeAll(async () => {
    bench = await openRegistry();
    await bench.ask('mutation { createModel(input: { name: "m" }) { model { id } } }');
    const { versionId } = await bench.push('default/m', bytes);
    url = (await bench.ask('query ($id: ID!) { modelVersion(id: $id) { downloadUrl } }', { id: versionId }, makeCaller({ default: 'VIEWER' }))).data.modelVersion.downloadUrl;
  });
  afterAll(() => bench.close());

  it('give the file by its signed URL alone', async () => {
    const response = await fetch(url);
    expect(response.status).toBe(200);
    expect(Buffer.from(await response.arrayBuffer())).toEqual(bytes);
    expect(response.headers.get('etag')).toMatch(/^"[0-9a-f]{64}"$/);
  });

  it.each([['bytes=2-5', 2, 6], ['bytes=10-', 10, undefined], ['bytes=-7', -7, undefined]])('give the part %s', async (range, start, end) => {
    const response = await fetch(url, { headers: { range } });
    expect(response.status).toBe(206);
    expect(Buffer.from(await response.arrayBuffer())).toEqual(bytes.subarray(start, end));
  });

  it('give the whole for a range that cannot be met or understood', async () => {
    for (const range of ['bytes=999999-', 'bytes=5-2', 'bytes=-0', 'items=1-2', 'bytes=0-1,4-5']) expect((await fetch(url, { headers: { range } })).status).toBe(200);
  });

  it('refuse an expired, a changed and a missing signature', async () => {
    const changed = new URL(url);
    changed.searchParams.set('expires', String(Date.now() + 86_400_000));
    const expired = new URL(url);
    expired.searchParams.set('expires', '1');
    for (const wrong of [changed, expired, url.split('?')[0]!, `${url}x`]) expect((await fetch(wrong)).status).toBe(404);
  });
});
