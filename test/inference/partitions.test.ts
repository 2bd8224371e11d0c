import type { Statement } from '../../platform/database/database';
import { firstIdAt, newId } from '../../platform/uuid';
import { idRange } from '../../subgraphs/inference/job/id-range';
import { peekStatement } from '../../subgraphs/inference/ledger/peek.statement';
import { revokedStatement } from '../../subgraphs/inference/ledger/revoked.statement';
import { openInference, type InferenceBench } from '../support/inference';

const leases = [{ jobId: newId(), chunk: 0, lease: 1 }, { jobId: newId(), chunk: 1, lease: 1 }];
const today = new Date().toISOString().slice(0, 10).replaceAll('-', '');

function literal(value: unknown): string {
  if (Array.isArray(value)) return `'{${value.join(',')}}'`;
  if (Buffer.isBuffer(value)) return `'\\x${value.toString('hex')}'`;
  return typeof value === 'number' ? String(value) : `'${String(value)}'`;
}

describe('the daily partitions', () => {
  let bench: InferenceBench;
  beforeAll(async () => {
    bench = await openInference();
    await bench.services.sweeper.sweep();
  });
  afterAll(() => bench.close());

  it.each<[string, Statement]>([
    ['reads', peekStatement(leases)], ['revokes', revokedStatement(newId(), leases)],
  ])('of other days are not opened by a statement that %s', async (_, { text, values }) => {
    // Prepared, as the pool keeps it: one plan for all parameters.
    const plan = await bench.database.transaction(async (manager) => {
      await manager.query(`prepare statement as ${text}`);
      const rows = await manager.query<{ 'QUERY PLAN': string }[]>(`explain execute statement (${values.map(literal).join(', ')})`);
      await manager.query('deallocate statement');
      return rows;
    });
    const opened = plan.flatMap((row) => [...row['QUERY PLAN'].matchAll(/(?:Scan using \S+|Seq Scan) on job\w*_(\d{8})/g)].map(([, day]) => day));
    expect(opened.length).toBeGreaterThan(0);
    expect(new Set(opened)).toEqual(new Set([today]));
  });

  it('are found by the range of the ids, whatever their order and case', () => {
    const [old, young] = [firstIdAt(new Date('2026-01-02')), firstIdAt(new Date('2026-03-04'))];
    expect(idRange([young, old.toUpperCase(), young.toUpperCase()])).toEqual([old, young]);
    expect(idRange([])).toEqual([null, null]);
  });
});
