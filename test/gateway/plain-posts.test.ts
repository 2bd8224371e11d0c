import { GraphQLError } from 'graphql';
import { exchange, openDoors, type Answer } from '../support/door.gateway';
import { openWholeGraphDoors } from '../support/limits.gateway';

const PLAIN = 'application/json';
/** The same to everybody, and not one of the spellings that are answered without Apollo Server. */
const NOT_PLAIN = 'application/json;charset=utf-8';

let doors: { url: string; close(): Promise<void> };
afterEach(() => doors.close());

function send(body: object, contentType: string, accept?: string): Promise<Answer> {
  const headers = { 'content-type': contentType, 'x-request-id': 'one', ...(accept === undefined ? {} : { accept }) };
  return exchange(`${doors.url}/graphql`, { method: 'POST', headers, body: JSON.stringify(body) });
}

/** Apollo Server ends its answers with a line feed. */
const isApollos = ({ text }: Answer) => text.endsWith('\n');
const told = ({ status, text, headers: { date: _date, 'content-length': _length, ...headers } }: Answer) => ({ status, headers, answer: JSON.parse(text) as unknown });

async function expectSame(body: object, accept?: string): Promise<ReturnType<typeof told>> {
  const [plain, apollos] = [await send(body, PLAIN, accept), await send(body, NOT_PLAIN, accept)];
  expect([isApollos(plain), isApollos(apollos) || apollos.status >= 400]).toEqual([false, true]);
  expect(told(plain)).toEqual(told(apollos));
  return told(plain);
}

const SUM = 'query Sum($a: Int!) { sum(a: $a, b: 1) }';

describe('a plain post', () => {
  it.each<[string, object, number]>([
    ['a query', { query: '{ hello viewer node { id } }' }, 200],
    ['a query with variables', { query: SUM, variables: { a: 1 } }, 200],
    ['one of several operations', { query: `${SUM} query Other { hello }`, operationName: 'Other' }, 200],
    ['a mutation', { query: 'mutation ($value: Int!) { set(value: $value) }', variables: { value: 7 } }, 200],
    ['null for everything that may be left out', { query: '{ hello }', variables: null, operationName: null, extensions: null }, 200],
    ['an introspection', { query: '{ __schema { queryType { name } } __typename }' }, 200],
    ['a refusal of a field', { query: '{ hello refused }' }, 200],
    ['a fault', { query: '{ hello node { crash } }' }, 200],
    ['a variable that does not fit', { query: SUM, variables: { a: 'one' } }, 400],
    ['a variable that is missing', { query: SUM, variables: {} }, 400],
  ])('is answered as Apollo Server answers it: %s', async (_case, body, status) => {
    doors = await openDoors();
    expect(await expectSame(body)).toMatchObject({ status, headers: { 'cache-control': 'no-store' } });
  });

  it.each([
    undefined, '*/*', 'application/json', 'application/json, multipart/mixed', 'application/graphql-response+json', 'application/graphql-response+json, application/json',
    'application/graphql-response+json,application/json;q=0.9',
  ])('is answered in the media type that Apollo Server chooses for "%s"', async (accept) => {
    doors = await openDoors();
    await expectSame({ query: '{ hello }' }, accept);
  });

  it('costs, and is refused beyond the limit, as every other request', async () => {
    doors = await openDoors({ settings: { maxCost: 5 } });
    expect(await expectSame({ query: 'mutation { set(value: 1) }' })).toMatchObject({ status: 400, answer: { errors: [{ extensions: { code: 'COST_TOO_HIGH' } }] } });
  });

  it('passes on that a subgraph is full, in the words of HTTP', async () => {
    const full = new GraphQLError('The queue is full.', { path: ['submitInference'], extensions: { code: 'QUEUE_FULL', retryAfterMs: 1_500 } });
    doors = await openWholeGraphDoors({ answer: { data: null, errors: [full] } });
    const answered = await expectSame({ query: 'mutation { submitInference(input: { deployment: "default/ocr", items: [] }) { job { id } } }' });
    expect(answered).toMatchObject({ status: 429, headers: { 'retry-after': '2' } });
  });

  it.each<[string, object, string | undefined]>([
    ['a subscription', { query: 'subscription { ticks(last: 1) }' }, undefined],
    ['variables that are a list', { query: '{ hello }', variables: [] }, undefined],
    ['a media type that nobody offers', { query: '{ hello }' }, 'image/png'],
    ['preferences', { query: '{ hello }' }, 'application/json;q=0.1, application/graphql-response+json'],
  ])('is left to Apollo Server with %s', async (_case, body, accept) => {
    doors = await openDoors();
    expect(told(await send(body, PLAIN, accept))).toEqual(told(await send(body, NOT_PLAIN, accept)));
  });
});
