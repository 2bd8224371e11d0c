import { randomBytes } from 'node:crypto';
import { readdir, utimes } from 'node:fs/promises';
import { Readable } from 'node:stream';
import path from 'node:path';
import { silentLog } from '../../platform/log';
import { RegistrySweeper } from '../../subgraphs/model-registry';
import { openRegistry, type RegistryBench } from '../support/registry';

describe('the registry sweeper', () => {
  let bench: RegistryBench;
  beforeAll(async () => { bench = await openRegistry(); });
  afterAll(() => bench.close());

  it('removes old objects that no namespace links to, and nothing else', async () => {
    await bench.ask('mutation { createModel(input: { name: "m" }) { model { id } } }');
    const { digest: linked } = await bench.push('default/m', randomBytes(100));
    const [orphan, young] = await Promise.all([1, 2].map(() => bench.artifacts.write(Readable.from([randomBytes(100)]), { maxBytes: 1_000, sizeBytes: null, digest: null })));
    const twoDaysAgo = new Date(Date.now() - 2 * 86_400_000);
    for (const digest of [linked, orphan!.digest]) await utimes(await bench.artifacts.localFile(digest), twoDaysAgo, twoDaysAgo);
    await new RegistrySweeper({ database: bench.fresh.database, artifacts: bench.artifacts, repositories: bench.repositories, stage: bench.stage, log: silentLog() }).sweep();
    const files = (await readdir(path.join(bench.folder, 'objects'), { recursive: true })).map((name) => path.basename(name)).filter((name) => name.length === 64);
    expect(files.sort()).toEqual([linked, young!.digest].sort());
  });

  it('forgets upload URLs a day after they expired unused', async () => {
    const [old, recent] = [await bench.createUpload({ model: 'm' }), await bench.createUpload({ model: 'm' })];
    await bench.fresh.database.query({ text: `update upload set expires_at = now() - interval '25 hours' where id = $1`, values: [old.id] });
    await new RegistrySweeper({ database: bench.fresh.database, artifacts: bench.artifacts, repositories: bench.repositories, stage: bench.stage, log: silentLog() }).sweep();
    const rows = await bench.fresh.database.query<{ id: string }>({ text: 'select id from upload where version_id is null', values: [] });
    expect(rows.map(({ id }) => id)).toEqual([recent.id]);
  });
});
