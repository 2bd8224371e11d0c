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

  it('give the whole for several ranges, for one that is none, and for one of another state of the file', async () => {
    for (const [range, condition] of [['bytes=5-2'], ['items=1-2'], ['bytes=0-1,4-5'], ['bytes=2-5', '"other"']]) {
      const response = await fetch(url, { headers: { range: range!, ...(condition && { 'if-range': condition }) } });
      expect([response.status, Buffer.from(await response.arrayBuffer())]).toEqual([200, bytes]);
    }
  });

  it.each([['bytes=999999-'], [`bytes=${bytes.length}-`], ['bytes=-0'], ['bytes=999999-,888888-']])('refuse %s, which is not there, and say what is', async (range) => {
    const response = await fetch(url, { headers: { range } });
    expect([response.status, response.headers.get('content-range')]).toEqual([416, `bytes */${bytes.length}`]);
    expect(await response.json()).toMatchObject({ error: { code: 'RANGE_NOT_SATISFIABLE', sizeBytes: bytes.length } });
  });

  it('tell by HEAD of the whole file, whatever range comes with it', async () => {
    const response = await fetch(url, { method: 'HEAD', headers: { range: 'bytes=2-5' } });
    expect([response.status, response.headers.get('content-length'), response.headers.get('accept-ranges')]).toEqual([200, String(bytes.length), 'bytes']);
  });

  it('refuse an expired, a changed and a missing signature', async () => {
    const changed = new URL(url);
    changed.searchParams.set('expires', String(Date.now() + 86_400_000));
    const expired = new URL(url);
    expired.searchParams.set('expires', '1');
    for (const wrong of [changed, expired, url.split('?')[0]!, `${url}x`]) expect((await fetch(wrong)).status).toBe(404);
  });
});
