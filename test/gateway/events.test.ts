import { request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { createClient, type Client } from 'graphql-sse';
import { eventually } from '../support/eventually';
import { type Doors, exchange, openDoors, standstill } from '../support/door.gateway';

let doors: Doors;
beforeEach(async () => { doors = await openDoors(); });
afterEach(() => doors.close());

const clientOf = (options: { retryAttempts?: number; headers?: Record<string, string> } = {}): Client =>
  createClient({ url: `${doors.url}/graphql`, retryAttempts: 0, ...options });

/** What a client asks for by hand. */
function ask(body: string | null, options: { method?: string; path?: string; headers?: Record<string, string> } = {}) {
  const { method = 'POST', path = '/graphql', headers = {} } = options;
  return exchange(`${doors.url}${path}`, {
    method, headers: { accept: 'text/event-stream', 'content-type': 'application/json', ...headers }, ...(body === null ? {} : { body }),
  });
}

const query = (text: string, rest: object = {}) => JSON.stringify({ query: text, ...rest });

/** A connection that is read only when told to. */
function openConnection(text: string): Promise<{ sent: ClientRequest; response: IncomingMessage }> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(`${doors.url}/graphql`, {
      method: 'POST', agent: false, headers: { accept: 'text/event-stream', 'content-type': 'application/json' },
    }, (response) => { response.on('error', () => undefined); resolve({ sent, response }); });
    sent.on('error', reject).end(query(text));
  });
}

describe('an operation over Server-Sent Events', () => {
  it('delivers every event in order to a graphql-sse client, and ends upstream when it leaves', async () => {
    const seen: unknown[] = [];
    for await (const { data } of clientOf().iterate({ query: 'subscription { ticks(last: 9) }' })) {
      seen.push(data);
      if (seen.length === 5) break;
    }
    expect(seen).toEqual([1, 2, 3, 4, 5].map((ticks) => ({ ticks })));
    await eventually(() => expect([doors.tickers[0]!.isEnded, doors.openStreams()]).toEqual([true, 0]));
  });

  it('ends upstream when the connection breaks while nothing happens', async () => {
    const { sent } = await openConnection('subscription { ticks(last: 1) }');
    await eventually(() => expect(doors.tickers[0]?.count).toBe(1));
    sent.destroy();
    await eventually(() => expect([doors.tickers[0]!.isEnded, doors.openStreams()]).toEqual([true, 0]));
  });

  it('is a query or a mutation just as well: one result, then complete', async () => {
    const { status, headers, text } = await ask(query('query ($a: Int!) { sum(a: $a, b: 2) }', { variables: { a: 1 } }));
    expect([status, headers['content-type'], text]).toEqual([200, 'text/event-stream; charset=utf-8', ':\n\nevent: next\ndata: {"data":{"sum":3},"extensions":{"cost":{"requested":0,"allowed":10000}}}\n\nevent: complete\ndata: \n\n']);
    expect((await ask(query('mutation { set(value: 4) }'))).text).toContain('data: {"data":{"set":4},');
    const path = `/graphql?query=${encodeURIComponent('query ($a: Int!) { sum(a: $a, b: 2) }')}&variables=${encodeURIComponent('{"a":5}')}`;
    expect((await ask(null, { method: 'GET', path })).text).toContain('data: {"data":{"sum":7},');
  });

  it('is no mutation by GET, which a foreign page could send', async () => {
    const { text } = await ask(null, { method: 'GET', path: `/graphql?query=${encodeURIComponent('mutation { set(value: 4) }')}` });
    expect(text).toContain('"code":"BAD_USER_INPUT"');
  });

  it.each([
    ['{', 'GRAPHQL_PARSE_FAILED'], ['{ nothing }', 'GRAPHQL_VALIDATION_FAILED'], ['subscription { denied }', 'JOB_NOT_FOUND'],
    ['subscription { breaks }', 'INTERNAL_SERVER_ERROR'], [`{ ${'node { '.repeat(13)} id ${'}'.repeat(13)} }`, 'GRAPHQL_VALIDATION_FAILED'],
    ['query A { hello } query B { hello }', 'GRAPHQL_VALIDATION_FAILED'],
  ])('tells a refusal as its only result: %s', async (text, code) => {
    const { status, text: body } = await ask(query(text));
    expect([status, body.endsWith('event: complete\ndata: \n\n')]).toEqual([200, true]);
    const results = body.split('\n').filter((line) => line.startsWith('data: {')).map((line) => JSON.parse(line.slice(6)) as object);
    expect(results).toEqual([expect.objectContaining({ errors: [expect.objectContaining({ extensions: expect.objectContaining({ code, requestId: expect.any(String) }) })] })]);
    expect(body).not.toContain('hunter2');
  });

  it.each([
    ['no JSON', '{', 400], ['no object', '[]', 400], ['no document', '{}', 400], ['variables that are no object', query('{ hello }', { variables: [1] }), 400],
    ['too much', query(`{ hello } #${'x'.repeat(64 * 1024)}`), 413],
  ])('is refused before it begins when the request holds %s', async (_title, body, status) => {
    const answer = await ask(body);
    expect([answer.status, JSON.parse(answer.text)]).toEqual([status, { errors: [expect.objectContaining({ extensions: expect.objectContaining({ requestId: expect.any(String) }) })] }]);
  });

  it('holds the source back for a reader that stalls', async () => {
    const { sent, response } = await openConnection('subscription { flood(bytes: 100000) }');
    const last = await standstill(doors);
    response.resume();
    await eventually(() => expect(doors.tickers[0]!.count).toBeGreaterThan(last));
    sent.destroy();
    await eventually(() => expect(doors.tickers[0]!.isEnded).toBe(true));
  });
});

describe('the event door', () => {
  it('lets in with a valid key alone, and ends a connection whose key was revoked', async () => {
    expect((await ask(query('{ hello }'), { headers: { authorization: 'Bearer wrong' } })).status).toBe(401);
    const errors: unknown[] = [];
    clientOf({ headers: { authorization: 'Bearer ada-key' } }).subscribe({ query: 'subscription { ticks(last: 1) }' }, { next: () => undefined, error: (error) => errors.push(error), complete: () => undefined });
    await eventually(() => expect(doors.tickers[0]?.count).toBe(1));
    doors.keys.delete('ada-key');
    await eventually(() => expect(doors.tickers[0]!.isEnded).toBe(true));
    await eventually(() => expect(errors).toHaveLength(1));
  });

  it('refuses a foreign origin and a foreign host', async () => {
    const tricks: Record<string, string>[] = [{ origin: 'https://evil.example' }, { host: 'evil.example' }];
    for (const headers of tricks) expect((await ask(query('{ hello }'), { headers })).status).toBe(403);
  });

  it('refuses a subscription above the cap of the key, whichever door the others came by', async () => {
    const small = await openDoors({ settings: { streams: { perKey: 1, total: 9 } } });
    const client = createClient({ url: `${small.url}/graphql`, retryAttempts: 0 });
    const first = client.iterate({ query: 'subscription { ticks(last: 1) }' });
    await first.next();
    const second = await client.iterate({ query: 'subscription { ticks(last: 1) }' }).next();
    expect(second.value).toMatchObject({ errors: [{ extensions: { code: 'TOO_MANY_STREAMS' } }] });
    client.dispose();
    await eventually(() => expect(small.openStreams()).toBe(0));
    await small.close();
  });

  it('ends its connections at shutdown without a complete, after which clients come again', async () => {
    const { response } = await openConnection('subscription { ticks(last: 1) }');
    let text = '';
    response.setEncoding('utf8').on('data', (chunk: string) => { text += chunk; });
    await eventually(() => expect(text).toContain('{"ticks":1}'));
    const over = new Promise((resolve) => { response.once('end', resolve); });
    await doors.close();
    await over;
    expect([text.includes('complete'), doors.tickers[0]!.isEnded]).toEqual([false, true]);
    doors = await openDoors();
  });
});

describe('the single connection mode of GraphQL over SSE', () => {
  const token = { 'x-graphql-event-stream-token': 'a-token' };
  it.each<[string, Parameters<typeof exchange>[1], string?]>([
    ['a reservation', { method: 'PUT' }],
    ['a stream for a token', { headers: { accept: 'text/event-stream', ...token } }],
    ['a stream for a token in its URL', { headers: { accept: 'text/event-stream' } }, '?token=a-token'],
    ['an operation for it', { method: 'POST', headers: { 'content-type': 'application/json', ...token }, body: query('{ hello }', { extensions: { operationId: '1' } }) }],
    ['an end of one', { method: 'DELETE', headers: token }, '?operationId=1'],
  ])('is refused with a code that tells of the other mode: %s', async (_title, options, search = '') => {
    const { status, text } = await exchange(`${doors.url}/graphql${search}`, options);
    expect(status).toBe(400);
    expect(JSON.parse(text)).toMatchObject({ errors: [{ message: expect.stringContaining('distinct connections mode'), extensions: { code: 'SINGLE_CONNECTION_UNSUPPORTED' } }] });
    expect(doors.openStreams()).toBe(0);
  });

  it('reaches a client of graphql-sse as an error, not as silence', async () => {
    const client = createClient({ url: `${doors.url}/graphql`, retryAttempts: 0, singleConnection: true });
    await expect(client.iterate({ query: '{ hello }' }).next()).rejects.toMatchObject({ response: { status: 400 } });
    client.dispose();
  });
});
