import net from 'node:net';
import { getIntrospectionQuery } from 'graphql';
import { connect, exchange, openDoors, post, type Doors, type GraphQLAnswer } from '../support/door.gateway';

const deep = (levels: number) => `{ ${'node { '.repeat(levels - 1)} id ${'} '.repeat(levels - 1)} }`.replace(/\{\s+id\s+\}$/, '{ id }');
const aliases = (count: number) => `{ ${Array.from({ length: count }, (_, n) => `a${n}: hello`).join(' ')} }`;
const tokens = (count: number) => `{ ${'hello '.repeat(count)} }`;

let doors: Doors;
beforeAll(async () => { doors = await openDoors(); });
afterAll(() => doors.close());

/** One operation through the WebSocket door; refusals come as the error message's payload. */
async function overSocket(query: string, variables?: Record<string, unknown>): Promise<GraphQLAnswer> {
  const { client } = connect(doors.socketUrl);
  try {
    for await (const result of client.iterate({ query, variables })) return result as GraphQLAnswer;
    throw new Error('no result');
  } catch (error) {
    if (!Array.isArray(error)) throw error;
    return { errors: error as GraphQLAnswer['errors'] };
  } finally {
    await client.dispose();
  }
}
const overHttp = async (query: string, variables?: Record<string, unknown>) => (await post(doors.url, query, { variables })).body;

describe.each([['HTTP', overHttp], ['WebSocket', overSocket]])('the %s door', (_name, ask) => {
  it('answers a query and a mutation', async () => {
    expect(await ask('{ hello viewer }')).toMatchObject({ data: { hello: 'world', viewer: 'bootstrap-admin' } });
    expect(await ask('mutation($value: Int!) { set(value: $value) }', { value: 7 })).toEqual({ data: { set: 7 }, extensions: { cost: { requested: 10, allowed: 10_000 } } });
  });

  it.each([
    ['a document that is no GraphQL', '{ hello', 'GRAPHQL_PARSE_FAILED', /Expected Name/],
    ['more than 2,000 tokens', tokens(2_000), 'GRAPHQL_PARSE_FAILED', /2000 tokens/],
    ['an unknown field', '{ nothing }', 'GRAPHQL_VALIDATION_FAILED', /nothing/],
    ['more than 12 levels', deep(13), 'GRAPHQL_VALIDATION_FAILED', /13 fields deep/],
    ['more than 30 aliases', aliases(31), 'GRAPHQL_VALIDATION_FAILED', /31 aliases/],
    ['values nested beyond the stack', `{ sum(a: ${'['.repeat(50_000)}) }`, 'GRAPHQL_PARSE_FAILED', /nested too deep|2000 tokens/],
    ['an operation that is not named among several', 'query a { hello } query b { hello }', 'GRAPHQL_VALIDATION_FAILED', /operation/],
  ])('refuses %s with its code and a request id', async (_case, query, code, message) => {
    const { data, errors } = await ask(query);
    expect(data ?? null).toBeNull();
    expect(errors![0]).toMatchObject({ message: expect.stringMatching(message), extensions: { code, requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) } });
  });

  it('refuses a variable that does not fit as BAD_USER_INPUT', async () => {
    const { errors } = await ask('query($a: Int!) { sum(a: $a, b: 1) }', { a: 'one' });
    expect(errors![0]!.extensions).toMatchObject({ code: 'BAD_USER_INPUT' });
  });

  it("lets GraphiQL's introspection query pass", async () => {
    expect((await ask(getIntrospectionQuery({ descriptions: true, inputValueDeprecation: true, schemaDescription: true, specifiedByUrl: true, oneOf: true }))).errors).toBeUndefined();
  });

  it('masks a fault, keeps its path and names the request', async () => {
    const { data, errors } = await ask('{ hello node { crash } }');
    expect(data).toEqual({ hello: 'world', node: { crash: null } });
    expect(errors).toEqual([{
      message: expect.not.stringContaining('hunter2'), path: ['node', 'crash'], locations: [expect.anything()],
      extensions: { code: 'INTERNAL_SERVER_ERROR', requestId: expect.any(String) },
    }]);
  });

  it('passes a refusal on with its code and details', async () => {
    const { errors } = await ask('{ refused }');
    expect(errors![0]).toMatchObject({ message: 'There is no model "a/b".', path: ['refused'], extensions: { code: 'MODEL_NOT_FOUND', model: 'a/b' } });
  });
});

describe('GraphQL over HTTP', () => {
  it('refuses what a form of another site could send', async () => {
    const forms: Record<string, string>[] = [{}, { 'content-type': 'text/plain' }];
    for (const headers of forms) {
      const { status, text } = await exchange(`${doors.url}/graphql?query={hello}`, { headers });
      expect([status, (JSON.parse(text) as GraphQLAnswer).errors![0]!.extensions.code]).toEqual([400, 'BAD_USER_INPUT']);
    }
    expect((await exchange(`${doors.url}/graphql?query={hello}`, { headers: { 'apollo-require-preflight': '1' } })).status).toBe(200);
  });

  it('runs nothing under a name that the document does not have, by GET least of all', async () => {
    const mutation = 'mutation Raise { set(value: 41) }';
    const query = `?query=${encodeURIComponent(mutation)}&operationName=Other`;
    const answers = [await exchange(`${doors.url}/graphql${query}`, { headers: { 'apollo-require-preflight': '1' } }), await post(doors.url, mutation, { operationName: 'Other' })];
    for (const { status, text } of answers) {
      expect([status, (JSON.parse(text) as GraphQLAnswer).errors![0]!.extensions.code]).toEqual([400, 'GRAPHQL_VALIDATION_FAILED']);
    }
  });

  it('refuses batches and subscriptions', async () => {
    const batch = await exchange(`${doors.url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '[{"query":"{hello}"}]' });
    expect(batch.status).toBe(400);
    expect((await post(doors.url, 'subscription { ticks(last: 1) }')).body.errors![0]).toMatchObject({ extensions: { code: 'BAD_USER_INPUT' } });
  });

  it.each([64 * 1024, 5_000_000])('refuses a body of %d bytes with 413 and BODY_TOO_LARGE', async (size) => {
    const { status, body } = await post(doors.url, '{ hello }', { variables: { pad: 'x'.repeat(size) } });
    expect([status, body.errors![0]!.extensions.code]).toEqual([413, 'BODY_TOO_LARGE']);
  });

  it.each([['no JSON', 'application/json', '{', 400], ['another media type', 'application/xml', '<a/>', 415], ['no query', 'application/json', '{}', 400]])(
    'refuses a body with %s as BAD_USER_INPUT', async (_case, type, body, status) => {
      const answer = await exchange(`${doors.url}/graphql`, { method: 'POST', headers: { 'content-type': type }, body });
      expect([answer.status, (JSON.parse(answer.text) as GraphQLAnswer).errors![0]!.extensions]).toEqual([status, { code: 'BAD_USER_INPUT', requestId: answer.headers['x-request-id'] }]);
    },
  );

  it("takes a client's request id and echoes it, and makes one when it looks like none", async () => {
    const given = await post(doors.url, '{ requestId crash }', { headers: { 'x-request-id': 'trace-1' } });
    expect([given.headers['x-request-id'], given.body.data, given.body.errors![0]!.extensions.requestId]).toEqual(['trace-1', { requestId: 'trace-1', crash: null }, 'trace-1']);
    const odd = await post(doors.url, '{ requestId }', { headers: { 'x-request-id': '"; drop' } });
    expect(odd.headers['x-request-id']).toBe(odd.body.data!['requestId']);
    expect(odd.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('hides the schema when introspection is off', async () => {
    const closed = await openDoors({ settings: { allowsIntrospection: false } });
    try {
      expect((await post(closed.url, '{ __schema { queryType { name } } }')).body.errors![0]!.extensions.code).toBe('GRAPHQL_VALIDATION_FAILED');
      expect((await post(closed.url, '{ helo }')).body.errors![0]!.message).not.toContain('hello');
    } finally {
      await closed.close();
    }
  });
});

describe('what is no request at all', () => {
  const refusal = { error: { code: 'BAD_USER_INPUT', message: expect.any(String), requestId: expect.any(String) } };

  it.each(['/%', '/tensors/%ff'])('answers the path %s with a code', async (path) => {
    const { status, text } = await exchange(`${doors.url}${path}`);
    expect([status, JSON.parse(text)]).toEqual([400, refusal]);
  });

  it.each([
    ['no HTTP', 'hello\r\n\r\n'],
    ['headers above the limit', `GET /livez HTTP/1.1\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`],
    ['two lengths of one body', 'POST /graphql HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n'],
  ])('answers %s with a code', async (_kind, bytes) => {
    const answer = await overBareSocket(doors.port, bytes);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))).toEqual(refusal);
  });
});

/** Everything that came back until the connection was closed. */
async function overBareSocket(port: number, bytes: string): Promise<string> {
  const socket = net.connect(port, '127.0.0.1');
  socket.write(bytes);
  const chunks: Buffer[] = await socket.toArray();
  return Buffer.concat(chunks).toString();
}
