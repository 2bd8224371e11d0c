import { gunzipSync } from 'node:zlib';
import { GraphQLError } from 'graphql';
import { auditServer } from 'graphql-http';
import { CostBudget } from '../../gateway/cost/cost.budget';
import { postgresBudgetStore, redisBudgetStore } from '../../gateway/cost/budget.store';
import type { BudgetStore } from '../../gateway/cost/cost.budget';
import { TrustedDocuments } from '../../gateway/persisted/trusted.documents';
import { silentLog } from '../../platform/log';
import { newId } from '../../platform/uuid';
import { ada, exchange, openDoors, post, type Doors, type GraphQLAnswer } from '../support/door.gateway';
import { openWholeGraphDoors } from '../support/limits.gateway';
import { freshDatabase } from '../support/postgres';
import { hasRedisServer, startRedis } from '../support/redis';
import { sha256 } from '../hostile/corpus/documents';
import { DOORS } from '../hostile/corpus/doors';

const log = silentLog();
const WINDOW_MS = 60_000;

/** A budget store of this process alone. */
function memoryStore(): BudgetStore {
  const consumed = new Map<string, number>();
  return {
    add: async (key, points) => {
      consumed.set(key, (consumed.get(key) ?? 0) + points);
      return { consumed: consumed.get(key)!, resetInMs: WINDOW_MS };
    },
    close: async () => undefined,
  };
}

describe('the cost of operations', () => {
  let doors: Awaited<ReturnType<typeof openWholeGraphDoors>>;
  afterEach(() => doors.close());

  it('is told with every result, and as a field of the graph', async () => {
    doors = await openWholeGraphDoors({ budget: new CostBudget(memoryStore(), { points: 1_000, windowMs: WINDOW_MS }, log) });
    const { body } = await post(doors.url, '{ rateLimit { cost allowedCost limit remaining resetAt } model(fullName: "a") { versions(first: 5) { edges { node { id } } } } }');
    expect(body.data!['rateLimit']).toEqual({ cost: 12, allowedCost: 10_000, limit: 1_000, remaining: 988, resetAt: expect.stringMatching(/^\d{4}-.*Z$/) });
    expect((body as { extensions?: object }).extensions).toEqual({ cost: { requested: 12, allowed: 10_000, remaining: 988, resetAt: expect.any(String) } });
  });

  it('has no budget where none is set', async () => {
    doors = await openWholeGraphDoors();
    const { body } = await post(doors.url, '{ rateLimit { cost limit remaining resetAt } }');
    expect(body.data).toEqual({ rateLimit: { cost: 0, limit: null, remaining: null, resetAt: null } });
  });

  it('is taken from one budget, whichever door it comes in by, and refused with 429 and the time to wait', async () => {
    doors = await openWholeGraphDoors({ budget: new CostBudget(memoryStore(), { points: 43, windowMs: WINDOW_MS }, log) });
    const text = '{ models(first: 5) { edges { node { id } } } }';
    for (const door of DOORS.slice(0, 3)) expect((await door.ask(doors.url, { text })).map(({ code }) => code)).not.toContain('RATE_LIMITED');
    for (const door of DOORS) expect(await door.ask(doors.url, { text })).toEqual([expect.objectContaining({ code: 'RATE_LIMITED', limit: 'rate', cost: 11, remaining: 10 })]);
    const { status, headers } = await post(doors.url, text);
    expect([status, Number(headers['retry-after'])]).toEqual([429, expect.any(Number)]);
    expect(Number(headers['retry-after'])).toBeLessThanOrEqual(60);
  });
});

describe('a subgraph that is full', () => {
  it('is told to HTTP clients as 429 with the time to wait', async () => {
    const full = new GraphQLError('full', { extensions: { code: 'QUEUE_FULL', retryAfterMs: 2_500 } });
    const doors = await openWholeGraphDoors({ answer: { data: null, errors: [full] } });
    try {
      const { status, headers, body } = await post(doors.url, 'mutation { cancelJob(input: { id: "x" }) { job { id } } }');
      expect([status, headers['retry-after'], body.errors![0]!.extensions.code]).toEqual([429, '3', 'QUEUE_FULL']);
    } finally {
      await doors.close();
    }
  });
});

describe('the budget store', () => {
  const stores: [string, () => Promise<{ open(): BudgetStore; stop(): Promise<void> }>][] = [['Postgres', async () => {
    const fresh = await freshDatabase();
    return { open: () => postgresBudgetStore({ database: fresh.database, windowMs: WINDOW_MS }), stop: () => fresh.drop() };
  }]];
  if (hasRedisServer()) stores.push(['Redis', async () => {
    const redis = await startRedis();
    return { open: () => redisBudgetStore({ url: redis.url, windowMs: WINDOW_MS, log }), stop: () => redis.stop() };
  }]);

  it.each(stores)('in %s keeps one window per key for all gateways', async (_name, start) => {
    const server = await start();
    const [one, two] = [server.open(), server.open()];
    try {
      const key = newId();
      expect(await one.add(key, 0)).toEqual({ consumed: 0, resetInMs: expect.any(Number) });
      await Promise.all(Array.from({ length: 20 }, (_, index) => (index % 2 ? one : two).add(key, 3)));
      const { consumed, resetInMs } = await two.add(key, 1);
      expect([consumed, resetInMs > 0 && resetInMs <= WINDOW_MS, (await one.add(newId(), 5)).consumed]).toEqual([61, true, 5]);
    } finally {
      await one.close();
      await two.close();
      await server.stop();
    }
  });
});

describe('persisted documents', () => {
  let doors: Doors;
  const text = 'query Hello { hello }';
  const apq = (hash = sha256(text)) => ({ persistedQuery: { version: 1, sha256Hash: hash } });
  const get = (parameters: Record<string, string>, headers: Record<string, string> = {}) =>
    exchange(`${doors.url}/graphql?${new URLSearchParams(parameters).toString()}`, { headers: { 'apollo-require-preflight': '1', ...headers } });
  beforeAll(async () => { doors = await openDoors({ trusted: new TrustedDocuments([['greeting', text]]) }); });
  afterAll(() => doors.close());

  it('run by their id and by their hash at every door', async () => {
    for (const asked of [{ documentId: 'greeting' }, { extensions: apq() }]) {
      for (const accept of ['application/json', 'text/event-stream']) {
        const answer = await exchange(`${doors.url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json', accept }, body: JSON.stringify(asked) });
        expect(answer.text).toContain('"data":{"hello":"world"}');
      }
      expect(JSON.parse((await get(asked.documentId ? { documentId: asked.documentId } : { extensions: JSON.stringify(asked.extensions) })).text)).toEqual({ data: { hello: 'world' } });
    }
  });

  it('are not found under a hash that nobody gave, in the words that clients know', async () => {
    const { status, text: body } = await get({ extensions: JSON.stringify(apq('f'.repeat(64))) });
    expect([status, (JSON.parse(body) as GraphQLAnswer).errors![0]]).toEqual([200, expect.objectContaining({ message: 'PersistedQueryNotFound', extensions: expect.objectContaining({ code: 'PERSISTED_QUERY_NOT_FOUND' }) })]);
  });

  it('asked for by GET are kept by the client and sent again only when they changed', async () => {
    const first = await get({ documentId: 'greeting' });
    expect(first.headers).toMatchObject({ 'cache-control': 'private, no-cache', etag: expect.stringMatching(/^"[\w-]{27}"$/), vary: expect.stringContaining('authorization') });
    const again = await get({ documentId: 'greeting' }, { 'if-none-match': `W/${first.headers.etag}, "other"` });
    expect([again.status, again.text]).toEqual([304, '']);
    expect((await get({ documentId: 'greeting' }, { 'if-none-match': '"other"' })).status).toBe(200);
  });

  it('alone are kept: anything else says no-store', async () => {
    expect((await get({ query: '{ hello }' })).headers['cache-control']).toBe('no-store');
    expect((await post(doors.url, '{ hello }')).headers['cache-control']).toBe('no-store');
    expect((await post(doors.url, '{ nothing }')).headers['cache-control']).toBe('no-store');
  });

  it('are the only ones where trust is enforced, at every door', async () => {
    const closed = await openDoors({ trusted: new TrustedDocuments([['greeting', text]]), settings: { trustMode: 'enforce' } });
    try {
      for (const door of DOORS) {
        expect((await door.ask(closed.url, { text: '{ viewer }' }))[0]).toMatchObject({ code: 'DOCUMENT_NOT_TRUSTED', limit: 'trusted' });
        expect(await door.ask(closed.url, { text })).toEqual([]);
      }
    } finally {
      await closed.close();
    }
  });
});

describe('GraphQL over HTTP', () => {
  let doors: Doors;
  beforeAll(async () => { doors = await openDoors(); });
  afterAll(() => doors.close());

  it('is spoken as the specification wants it: no audit of graphql-http fails', async () => {
    const results = await auditServer({ url: `${doors.url}/graphql`, fetchFn: (url: string, init?: RequestInit) => fetch(url, { ...init, headers: { 'apollo-require-preflight': '1', ...init?.headers } }) });
    expect(results.length).toBeGreaterThan(50);
    expect(results.filter(({ status }) => status === 'error').map(({ name }) => name)).toEqual([]);
    // A refused document is a 400 under application/json as well: proxies and monitors tell refusals by the status alone.
    expect(results.filter(({ status }) => status !== 'ok').map(({ name }) => name)).toEqual([
      'SHOULD use 200 status code on document parsing failure when accepting application/json',
      'SHOULD use 200 status code on document validation failure when accepting application/json',
      'SHOULD use a status code of 200 on variable coercion failure when accepting application/json',
    ]);
  });

  it('packs large answers for clients that take it, and no others', async () => {
    const introspection = '{ __schema { types { name fields { name type { name kind ofType { name } } args { name } } } } }';
    const packed = await new Promise<{ encoding: string | null; body: Buffer }>((resolve, reject) => {
      fetch(`${doors.url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json', 'accept-encoding': 'gzip' }, body: JSON.stringify({ query: introspection }) })
        .then(async (response) => resolve({ encoding: response.headers.get('content-encoding'), body: Buffer.from(await response.arrayBuffer()) })).catch(reject);
    });
    expect(packed.encoding).toBe('gzip');
    expect(String(packed.body.subarray(0, 2).equals(Buffer.from([0x1f, 0x8b])) ? gunzipSync(packed.body) : packed.body)).toContain('"__schema"');
    expect((await post(doors.url, introspection)).headers['content-encoding']).toBeUndefined();
    expect((await post(doors.url, '{ hello }', { headers: { 'accept-encoding': 'gzip' } })).headers['content-encoding']).toBeUndefined();
  });
});

describe('the metrics', () => {
  it('count requests, limits and streams, and are for operators alone', async () => {
    const doors = await openDoors();
    try {
      await post(doors.url, '{ hello }');
      await post(doors.url, `{ ${'hello '.repeat(2_000)} }`);
      await post(doors.url, `{ ${Array.from({ length: 31 }, (_, index) => `a${index}: hello`).join(' ')} }`);
      const { text, headers } = await exchange(`${doors.url}/metrics`);
      expect(headers['content-type']).toContain('text/plain');
      for (const line of [
        'modelgraph_gateway_requests_total{door="graphql",kind="query",code="ok"} 1',
        'modelgraph_gateway_requests_total{door="graphql",kind="none",code="GRAPHQL_PARSE_FAILED"} 1',
        'modelgraph_gateway_limits_refused_total{limit="tokens"} 1', 'modelgraph_gateway_limits_refused_total{limit="aliases"} 1',
        'modelgraph_gateway_open_streams 0', 'modelgraph_gateway_request_duration_seconds_count{door="graphql",kind="query"} 1',
      ]) expect(text.split('\n')).toContain(line);
      expect((await exchange(`${doors.url}/metrics`, { headers: { authorization: 'Bearer ada-key' } })).status).toBe(ada.isOperator ? 200 : 403);
    } finally {
      await doors.close();
    }
  });
});
