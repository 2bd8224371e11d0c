import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, utimesSync, writeFileSync, existsSync } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { BOOTSTRAP_ADMIN } from '../../../platform/caller';
import { silentLog } from '../../../platform/log';
import { newId } from '../../../platform/uuid';
import { AuditLog } from '../../../subgraphs/identity';
import { RegistrySweeper, Repositories, VersionCommitter } from '../../../subgraphs/model-registry';
import { openGitRegistry, type GitRegistry } from '../../support/git-registry';
import { addModel, identityModel } from '../../support/onnx';

const DAYS_AGO = new Date(Date.now() - 3 * 86_400_000);

describe('the commits of versions', () => {
  let bench: GitRegistry;
  let model: string;
  let modelId: string;
  let count = 0;

  beforeAll(async () => { bench = await openGitRegistry(); });
  afterAll(() => bench.close());
  beforeEach(async () => {
    model = `default/c${count += 1}`;
    await bench.makeModel(model);
    modelId = (await bench.ask('query ($m: String!) { model(fullName: $m) { id } }', { m: model })).data.model.id;
  });

  const sql = <Row extends object>(text: string, ...values: unknown[]) => bench.fresh.database.query<Row>({ text, values });
  const otherProcess = () => new VersionCommitter({
    database: bench.fresh.database, audit: new AuditLog(), artifacts: bench.artifacts, repositories: new Repositories(path.join(bench.folder, 'repositories')), log: silentLog(),
  });
  const commitsOf = async (first = 100, after: string | null = null) => {
    const query = 'query ($m: String!, $first: Int, $after: String) { model(fullName: $m) { cloneUrl commits(first: $first, after: $after) { edges { node { id message authorName version { number } } } pageInfo { hasNextPage endCursor } } } }';
    return bench.ask(query, { m: model, first, after });
  };
  /** A commit on main that no hook has seen, as if the server had died right after the refs moved. */
  const unfinishedPush = async () => {
    const repository = await bench.repositories.open(modelId);
    const blob = (await repository.run(['hash-object', '-w', '--stdin'], { input: 'pointer' })).toString().trim();
    const tree = (await repository.run(['mktree'], { input: `100644 blob ${blob}\tmodel.onnx\n` })).toString().trim();
    const commit = (await repository.run(['commit-tree', tree, '-m', 'pushed'])).toString().trim();
    const artifact = await bench.artifacts.write(Readable.from([addModel()]), { maxBytes: 1e6, sizeBytes: null, digest: null });
    await sql(`insert into artifact_link (namespace, digest, size_bytes) values ('default', $1, $2) on conflict do nothing`, artifact.digest, artifact.sizeBytes);
    await sql(
      `insert into repository_push (id, model_id, namespace, commit, digest, size_bytes, created_by, request_id) values ($1, $2, 'default', $3, $4, $5, $6, 'r')`,
      newId(), modelId, commit, artifact.digest, artifact.sizeBytes, BOOTSTRAP_ADMIN.principalId,
    );
    return { repository, commit };
  };

  it('stand one on the other without gaps, however many come at once', async () => {
    await Promise.all(Array.from({ length: 8 }, () => bench.push(model, randomBytes(500))));
    const { data } = await commitsOf();
    expect(data.model.commits.edges.map(({ node }: { node: { message: string; version: { number: number } } }) => [node.message.split('\n')[0], node.version.number]))
      .toEqual([8, 7, 6, 5, 4, 3, 2, 1].map((number) => [`Version ${number}`, number]));
    expect(data.model.cloneUrl).toBe(`${bench.url}/git/${model}.git`);
  });

  it('are made once by several processes', async () => {
    await bench.push(model, identityModel());
    await sql('update model_version set commit = null where model_id = $1', modelId);
    await bench.repositories.open(modelId).then((repository) => repository.run(['update-ref', '-d', 'refs/tags/v1']));
    await Promise.all([otherProcess(), otherProcess(), otherProcess()].map((committer) => committer.settle(modelId)));
    const tag = await (await bench.repositories.open(modelId)).commitOf('refs/tags/v1');
    expect(await bench.versions(model)).toMatchObject([{ number: 1, commit: tag }]);
  });

  it('are found again by their tag when the process died before it had written them down', async () => {
    await bench.push(model, identityModel());
    const [before] = await bench.versions(model);
    await sql('update model_version set commit = null where model_id = $1', modelId);
    await otherProcess().settle(modelId);
    const { commit, digest } = before!;
    expect(await bench.versions(model)).toMatchObject([{ number: 1, commit, digest }]);
    expect((await commitsOf()).data.model.commits.edges).toHaveLength(1);
  });

  it('become a version of a push whose process died after its refs had moved', async () => {
    const { repository, commit } = await unfinishedPush();
    await repository.run(['update-ref', 'refs/heads/main', commit]);
    await otherProcess().settle(modelId);
    await otherProcess().settle(modelId);
    expect(await bench.versions(model)).toMatchObject([{ number: 1, commit }]);
    expect(await sql('select 1 from repository_push where model_id = $1', modelId)).toEqual([]);
    expect(await sql(`select details->>'commit' as commit from audit_event where action = 'push' and details->>'commit' = $1`, commit)).toEqual([{ commit }]);
  });

  it('become none of a push whose refs never moved', async () => {
    await unfinishedPush();
    await otherProcess().settle(modelId);
    expect(await sql('select 1 from repository_push where model_id = $1', modelId)).toHaveLength(1);
    await sql(`update repository_push set created_at = now() - interval '2 hours' where model_id = $1`, modelId);
    await otherProcess().settle(modelId);
    expect(await sql('select 1 from repository_push where model_id = $1', modelId)).toEqual([]);
    expect(await bench.versions(model)).toEqual([]);
  });

  it('are read page by page, and a commit that comes meanwhile moves none', async () => {
    for (let at = 0; at < 5; at += 1) await bench.push(model, randomBytes(200));
    const first = (await commitsOf(2)).data.model.commits;
    await bench.push(model, randomBytes(200));
    const second = (await commitsOf(10, first.pageInfo.endCursor)).data.model.commits;
    expect([...first.edges, ...second.edges].map(({ node }) => node.version.number)).toEqual([5, 4, 3, 2, 1]);
    expect([first.pageInfo.hasNextPage, second.pageInfo.hasNextPage]).toEqual([true, false]);
    for (const cursor of ['x', Buffer.from(`${'a'.repeat(40)}:1`).toString('base64url')]) expect((await commitsOf(2, cursor)).codes).toEqual(['CURSOR_INVALID']);
  });

  it('lose nothing to the sweep but what no push has named for a day', async () => {
    await bench.push(model, identityModel());
    const digest = createHash('sha256').update('unused').digest('hex');
    await sql(`insert into artifact_link (namespace, digest, size_bytes) values ('default', $1, 6)`, digest);
    await sql(`insert into repository_object (model_id, namespace, digest, size_bytes, created_at) values ($1, 'default', $2, 6, now() - interval '2 days')`, modelId, digest);
    await sql(`update repository_object set created_at = now() - interval '9 days' where model_id = $1 and pushed_at is not null`, modelId);
    const objects = path.join((await bench.repositories.open(modelId)).dir, 'objects');
    for (const [name, isOld] of [['tmp_objdir-incoming-old', true], ['tmp_objdir-incoming-new', false]] as const) {
      mkdirSync(path.join(objects, name));
      writeFileSync(path.join(objects, name, 'pack'), 'x');
      if (isOld) utimesSync(path.join(objects, name), DAYS_AGO, DAYS_AGO);
    }
    await new RegistrySweeper({ database: bench.fresh.database, artifacts: bench.artifacts, repositories: bench.repositories, stage: bench.stage, log: silentLog() }).sweep();
    expect(await sql('select digest from repository_object where model_id = $1', modelId)).toEqual([{ digest: createHash('sha256').update(identityModel()).digest('hex') }]);
    expect(await sql('select 1 from artifact_link where digest = $1', digest)).toEqual([]);
    expect(['old', 'new'].map((name) => existsSync(path.join(objects, `tmp_objdir-incoming-${name}`)))).toEqual([false, true]);
  });
});
