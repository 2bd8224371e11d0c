import { identityModel } from '../support/onnx';
import { makeCaller } from '../support/ask';
import { openRegistry, type RegistryBench } from '../support/registry';

const SET = 'mutation ($alias: String!, $version: Int!) { setAlias(input: { model: "m", alias: $alias, version: $version }) { alias { version { number } } } }';
const REMOVE = 'mutation ($alias: String!) { removeAlias(input: { model: "m", alias: $alias }) { model { id } } }';
const ROLLBACK = 'mutation ($alias: String!) { rollbackAlias(input: { model: "m", alias: $alias }) { alias { version { number } } } }';
const PROTECT = 'mutation ($alias: String!, $on: Boolean!) { protectAlias(input: { model: "m", alias: $alias, isProtected: $on }) { model { aliases { name isProtected } } } }';
const AT = 'query ($alias: String!, $at: DateTime) { model(fullName: "m") { alias(name: $alias, at: $at) { name version { number } since until createdBy { id } } } }';

describe('an alias', () => {
  let bench: RegistryBench;
  const developer = makeCaller({ default: 'DEVELOPER' });

  beforeAll(async () => {
    bench = await openRegistry();
    await bench.ask('mutation { createModel(input: { name: "m" }) { model { id } } }');
    for (let size = 1; size <= 3; size += 1) await bench.push('default/m', identityModel('FP32', ['n', size]));
    await bench.fresh.database.query({ text: `update model_version set state = 'READY'`, values: [] });
  });
  afterAll(() => bench.close());

  const set = (alias: string, version: number, caller = developer) => bench.ask(SET, { alias, version }, caller);
  const rollback = (alias: string) => bench.ask(ROLLBACK, { alias }, developer);
  const at = async (alias: string, moment?: Date | string) => (await bench.ask(AT, { alias, at: moment })).data.model.alias;
  /** Lays the moves of an alias a minute apart, oldest first. */
  async function spread(alias: string): Promise<Date[]> {
    const rows = await bench.fresh.database.query<{ id: string }>({
      text: 'select c.id from alias_change c join model_alias a on a.id = c.alias_id where a.name = $1 order by c.created_at, c.id', values: [alias],
    });
    const moments = rows.map((_row, index) => new Date(Date.UTC(2026, 0, 1, 0, index)));
    for (const [index, { id }] of rows.entries()) await bench.fresh.database.query({ text: 'update alias_change set created_at = $2 where id = $1', values: [id, moments[index]] });
    return moments;
  }

  it('tells which version it meant at any moment', async () => {
    for (const version of [1, 2]) await set('told', version);
    await bench.ask(REMOVE, { alias: 'told' });
    await set('told', 3);
    const [first, second, removed, last] = await spread('told');
    const before = (moment: Date) => new Date(moment.getTime() - 1);
    expect(await at('told', before(first!))).toBeNull();
    expect(await at('told', first)).toMatchObject({ name: 'told', version: { number: 1 }, since: first!.toISOString(), until: second!.toISOString(), createdBy: { id: developer.principalId } });
    expect(await at('told', before(second!))).toMatchObject({ version: { number: 1 } });
    expect(await at('told', second)).toMatchObject({ version: { number: 2 }, until: removed!.toISOString() });
    expect(await at('told', removed)).toBeNull();
    expect(await at('told', last)).toMatchObject({ version: { number: 3 }, until: null });
    expect(await at('told')).toMatchObject({ version: { number: 3 } });
    expect(await at('untold')).toBeNull();
    expect((await bench.ask(AT, { alias: 'told', at: 'yesterday' })).messages).toEqual([expect.stringContaining('yesterday')]);
  });

  it('tells it of many models and moments in one statement', async () => {
    const { data } = await bench.ask('{ model(fullName: "m") { a: alias(name: "told") { version { number } } b: alias(name: "told", at: "2026-01-01T00:01:30Z") { version { number } } } }');
    expect(data.model).toEqual({ a: { version: { number: 3 } }, b: { version: { number: 2 } } });
  });

  it('rolls back through its history, one version further each time, and says when there is no more', async () => {
    for (const version of [1, 2, 3]) await set('back', version);
    expect((await rollback('back')).data.rollbackAlias.alias.version.number).toBe(2);
    expect((await rollback('back')).data.rollbackAlias.alias.version.number).toBe(1);
    expect((await rollback('back')).codes).toEqual(['ALIAS_NOT_FOUND']);
    await set('back', 3);
    expect((await rollback('back')).data.rollbackAlias.alias.version.number).toBe(1);
    expect((await rollback('none')).codes).toEqual(['ALIAS_NOT_FOUND']);
    const { data } = await bench.ask('{ model(fullName: "m") { aliases { name history { edges { node { isRollback version { number } } } } } } }');
    const moves = data.model.aliases.find(({ name }: { name: string }) => name === 'back').history.edges.map(({ node }: { node: { isRollback: boolean; version: { number: number } } }) => [node.version.number, node.isRollback]);
    expect(moves).toEqual([[1, true], [3, false], [1, true], [2, true], [3, false], [2, false], [1, false]]);
  });

  it('comes back after its removal by a rollback', async () => {
    await set('gone', 2);
    await bench.ask(REMOVE, { alias: 'gone' });
    expect((await rollback('gone')).data.rollbackAlias.alias.version.number).toBe(2);
  });

  it('does not roll back to a version that was archived', async () => {
    for (const version of [1, 2]) await set('stale', version);
    await bench.fresh.database.query({ text: `update model_version set state = 'ARCHIVED' where number = 1`, values: [] });
    expect((await rollback('stale')).codes).toEqual(['VERSION_NOT_READY']);
    expect(await at('stale')).toMatchObject({ version: { number: 2 } });
    await bench.fresh.database.query({ text: `update model_version set state = 'READY'`, values: [] });
  });

  it('that is protected is moved by admins alone, in every way', async () => {
    expect((await bench.ask(PROTECT, { alias: 'live', on: true }, developer)).codes).toEqual(['FORBIDDEN']);
    const admin = makeCaller({ default: 'ADMIN' });
    expect((await bench.ask(PROTECT, { alias: 'live', on: true }, admin)).messages).toEqual([]);
    expect((await set('live', 1)).codes).toEqual(['FORBIDDEN']);
    for (const version of [1, 2]) expect((await set('live', version, admin)).messages).toEqual([]);
    expect((await rollback('live')).codes).toEqual(['FORBIDDEN']);
    expect((await bench.ask(REMOVE, { alias: 'live' }, developer)).codes).toEqual(['FORBIDDEN']);
    expect(await at('live')).toMatchObject({ version: { number: 2 } });
    const { data } = await bench.ask(PROTECT, { alias: 'live', on: false }, admin);
    expect(data.protectAlias.model.aliases).toContainEqual({ name: 'live', isProtected: false });
    expect((await rollback('live')).data.rollbackAlias.alias.version.number).toBe(1);
  });

  it('that waited for a protection of the same moment is not moved', async () => {
    const { source } = bench.fresh.database;
    let waiting: Promise<unknown> = Promise.resolve();
    await source.transaction(async (manager) => {
      await manager.query(`update model_alias set is_protected = true where name = 'live'`);
      waiting = set('live', 3);
      for (;;) {
        const rows: unknown[] = await source.query(`select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`);
        if (rows.length > 0) break;
      }
    });
    expect(await waiting).toMatchObject({ codes: ['FORBIDDEN'] });
  });
});
