import pg from 'pg';

/**
 * The texts of all statements that this process sends to Postgres while `work` runs, of TypeORM and `query` alike; without `begin`, `commit`
 * and the like, which a pool sends on its own terms.
 */
export async function statementsOf(work: () => Promise<unknown>): Promise<string[]> {
  const spy = jest.spyOn(pg.Client.prototype, 'query');
  try {
    await work();
    const calls = spy.mock.calls as unknown as [string | { text?: string }][];
    return calls.map(([statement]) => (typeof statement === 'string' ? statement : statement.text ?? '')).filter((text) => !FRAME.test(text));
  } finally {
    spy.mockRestore();
  }
}

const FRAME = /^\s*(begin|start transaction|commit|rollback|savepoint|release|set|select pg_notify)\b/i;
