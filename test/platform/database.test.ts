import type { MigrationInterface, QueryRunner } from 'typeorm';
import { migrate } from '../../platform/database/migrate';
import { openDatabase } from '../../platform/database/open-database';
import { silentLog } from '../../platform/log';
import { eventually } from '../support/eventually';
import { statementsOf } from '../support/statements';
import { emptyDatabase, freshDatabase, type FreshDatabase } from '../support/postgres';

const log = silentLog();

class First1700000000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('create table first (id int primary key)');
    await runner.query('select pg_sleep(0.2)');
  }
  down(): Promise<void> { return Promise.reject(new Error('forward only')); }
}
class Second1700000000002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> { await runner.query('insert into first values (2)'); }
  down(): Promise<void> { return Promise.reject(new Error('forward only')); }
}
class Broken1700000000003 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('insert into first values (3)');
    await runner.query('select * from missing');
  }
  down(): Promise<void> { return Promise.reject(new Error('forward only')); }
}

describe('a database', () => {
  let fresh: FreshDatabase;
  beforeAll(async () => { fresh = await freshDatabase(); });
  afterAll(() => fresh.drop());

  it('answers rows of a prepared statement', async () => {
    const statement = { name: 'add', text: 'select $1::int + 1 as sum', values: [41] };
    await fresh.database.query(statement);
    expect(await fresh.database.query<{ sum: number }>(statement)).toEqual([{ sum: 42 }]);
  });

  it('shows its statements to tests that count them', async () => {
    const one = { text: 'select 1 as one', values: [] };
    const texts = await statementsOf(async () => {
      await fresh.database.query(one);
      await fresh.database.transaction((manager) => manager.query('select 2 as two'));
    });
    expect(texts).toEqual(['select 1 as one', 'select 2 as two']);
  });

  it('rolls back when the work rejects', async () => {
    await fresh.database.query({ text: 'create table kept (id int)', values: [] });
    const work = fresh.database.transaction(async (manager) => {
      await manager.query('insert into kept values (1)');
      throw new Error('no');
    });
    await expect(work).rejects.toThrow('no');
    expect(await fresh.database.query({ text: 'select * from kept', values: [] })).toEqual([]);
  });

  it('lets one holder at a time work under a name, in this process and in others', async () => {
    const other = await openDatabase({ url: fresh.url, poolSize: 2, entities: [], log });
    const answers = await fresh.database.exclusively('sweep', async () => [
      await fresh.database.exclusively('sweep', () => Promise.resolve('same process')),
      await other.exclusively('sweep', () => Promise.resolve('other process')),
      await other.exclusively('another name', () => Promise.resolve('free')),
    ]);
    expect(answers).toEqual([null, null, 'free']);
    expect(await other.exclusively('sweep', () => Promise.resolve('released'))).toBe('released');
    await other.close();
  });

  it('loses no more than the statement in hand when its connections are cut, and says UNAVAILABLE for that one', async () => {
    const sleeping = fresh.database.query({ text: 'select pg_sleep(30)', values: [] });
    const refused = expect(sleeping).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    const cut = `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`;
    await eventually(async () => {
      const rows = await fresh.database.query({ text: `select 1 from pg_stat_activity where query = 'select pg_sleep(30)'`, values: [] });
      expect(rows).toHaveLength(1);
    });
    await fresh.database.query({ text: cut, values: [] });
    await refused;
    await eventually(async () => expect(await fresh.database.query({ text: 'select 1 as one', values: [] })).toEqual([{ one: 1 }]));
    expect(await eventually(() => fresh.database.exclusively('after', () => Promise.resolve('locks again')))).toBe('locks again');
  });

  it('refuses to open with UNAVAILABLE when Postgres is away', async () => {
    const url = 'postgres://nobody:nothing@127.0.0.1:9/none';
    await expect(openDatabase({ url, poolSize: 2, entities: [], log })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await expect(migrate({ url, migrations: [], log })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });
});

describe('migrating', () => {
  it('runs each migration once when several processes start together', async () => {
    const { url, drop } = await emptyDatabase();
    const migrations = [First1700000000001, Second1700000000002];
    const ran = await Promise.all([1, 2, 3].map(() => migrate({ url, migrations, log })));
    expect(ran.flat()).toEqual(['First1700000000001', 'Second1700000000002']);
    await drop();
  });

  it('keeps what ran before a broken migration and nothing of the broken one', async () => {
    const { url, drop } = await emptyDatabase();
    await expect(migrate({ url, migrations: [First1700000000001, Broken1700000000003], log })).rejects.toThrow('missing');
    expect(await migrate({ url, migrations: [First1700000000001, Second1700000000002], log })).toEqual(['Second1700000000002']);
    await drop();
  });

  it('refuses a database that a newer version migrated', async () => {
    const { url, drop } = await emptyDatabase();
    await migrate({ url, migrations: [First1700000000001, Second1700000000002], log });
    await expect(migrate({ url, migrations: [First1700000000001], log })).rejects.toMatchObject({
      code: 'DATABASE_TOO_NEW', details: { unknown: ['Second1700000000002'] },
    });
    await drop();
  });
});
