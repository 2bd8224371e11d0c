/** A bad request below `/v1/jobs` of a platform with `default/pair` (`x FP32[n, 2]` → `y`), and the code it is refused with. */
export interface BadJob {
  title: string;
  path: string;
  code: string;
  body?: unknown;
  headers?: Record<string, string>;
  method?: string;
}

const x = { name: 'x', datatype: 'FP32', shape: [1, 2], data: [1, 2] };
const good = { deployment: 'default/pair', items: [{ inputs: [x] }] };
const submit = (title: string, code: string, overrides: object): BadJob => ({ title: `a job with ${title}`, path: '', code, body: { ...good, ...overrides } });
const tensor = (title: string, code: string, overrides: object): BadJob => submit(`a tensor with ${title}`, code, { items: [{ inputs: [{ ...x, ...overrides }] }] });
const BAD = 'BAD_USER_INPUT';
const ID = '01a20900-e232-7708-baf1-8b650fdaa573';

const BODIES: [string, unknown][] = [
  ['nothing', ''], ['no JSON', '{'], ['null', 'null'], ['a list', '[]'], ['a number', '7'], ['text', '"job"'], ['deep nesting', '['.repeat(20_000)],
  ['__proto__', '{"__proto__":{"deployment":"default/pair"}}'], ['no items', { deployment: 'default/pair' }], ['no deployment', { items: good.items }],
];

export const BAD_JOBS: readonly BadJob[] = [
  ...BODIES.map(([title, body]): BadJob => ({ title: `a body of ${title}`, path: '', body, code: BAD })),
  { title: 'a body that is no UTF-8', path: '', body: 'x', headers: { 'content-type': 'application/x-www-form-urlencoded' }, code: BAD },
  submit('a word too many', BAD, { prio: 1 }), submit('no deployment of that name', 'DEPLOYMENT_NOT_FOUND', { deployment: 'default/none' }),
  submit('a deployment of another tenant', 'DEPLOYMENT_NOT_FOUND', { deployment: 'other/pair' }), submit('a number for a deployment', BAD, { deployment: 7 }),
  submit('a deployment that climbs', 'DEPLOYMENT_NOT_FOUND', { deployment: '../../pair' }), submit('a deployment of 10,000 letters', 'DEPLOYMENT_NOT_FOUND', { deployment: 'x'.repeat(10_000) }),
  submit('items that are none', BAD, { items: [] }), submit('items that are an object', BAD, { items: { 0: good.items[0] } }), submit('an item that is null', BAD, { items: [null] }),
  submit('an item without inputs', BAD, { items: [{}] }), submit('an item of no inputs', 'INPUT_MISSING', { items: [{ inputs: [] }] }),
  submit('10,001 items', BAD, { items: Array.from({ length: 10_001 }, () => good.items[0]) }), submit('the same tensor twice', 'INPUT_UNKNOWN', { items: [{ inputs: [x, x] }] }),
  submit('outputs that are text', BAD, { outputs: 'y' }), submit('outputs that are none', BAD, { outputs: [] }), submit('an unknown output', 'OUTPUT_UNKNOWN', { outputs: ['z'] }),
  submit('a priority of text', BAD, { priority: '1' }), submit('half a priority', BAD, { priority: 0.5 }), submit('a priority below zero', BAD, { priority: -1 }),
  submit('a priority of 1,001', BAD, { priority: 1_001 }), submit('a priority of 2^40', BAD, { priority: 2 ** 40 }), submit('a deadline of zero', BAD, { deadlineMs: 0 }),
  submit('a deadline of eight days', BAD, { deadlineMs: 8 * 86_400_000 }), submit('a deadline of text', BAD, { deadlineMs: 'soon' }),
  submit('its key in the body', BAD, { idempotencyKey: 'x' }),
  tensor('no name', BAD, { name: undefined }), tensor('another name', 'INPUT_MISSING', { name: 'z' }), tensor('another datatype', 'DATATYPE_MISMATCH', { datatype: 'INT32' }),
  tensor('a datatype that is none', BAD, { datatype: 'float' }), tensor('no shape', BAD, { shape: undefined }), tensor('another rank', 'SHAPE_MISMATCH', { shape: [2] }),
  tensor('a dimension below zero', 'SHAPE_MISMATCH', { shape: [-1, 2] }), tensor('half a dimension', BAD, { shape: [0.5, 2] }), tensor('a dimension of 2^40', BAD, { shape: [2 ** 40, 2] }),
  tensor('no elements', 'TENSOR_INVALID', { data: undefined }), tensor('too few elements', 'ELEMENT_COUNT_MISMATCH', { data: [1] }), tensor('text for elements', 'TENSOR_INVALID', { data: ['a', 'b'] }),
  tensor('elements of two kinds', 'TENSOR_INVALID', { base64: 'AAAAAAAAAAA=' }), tensor('base64 that is none', 'TENSOR_INVALID', { data: undefined, base64: '***' }),
  tensor('base64 cut short', 'ELEMENT_COUNT_MISMATCH', { data: undefined, base64: 'AAAA' }), tensor('a blob that is not there', 'TENSOR_NOT_FOUND', { data: undefined, blob: ID }),
  tensor('a blob that climbs', 'TENSOR_NOT_FOUND', { data: undefined, blob: '../../etc/passwd' }), tensor('json, as the graph says', BAD, { data: undefined, json: [1, 2] }),
  { title: 'an empty key', path: '', body: good, headers: { 'idempotency-key': '' }, code: BAD },
  { title: 'a key of 256 characters', path: '', body: good, headers: { 'idempotency-key': 'k'.repeat(256) }, code: BAD },
  { title: 'a Content-Encoding', path: '', body: good, headers: { 'content-encoding': 'gzip' }, code: BAD },
  { title: 'a body above the limit', path: '', body: { ...good, deployment: 'x'.repeat(1_100_000) }, code: 'BODY_TOO_LARGE' },
  ...['0', '101', '-1', 'ten', '1.5', ''].map((first): BadJob => ({ title: `a page of "${first}"`, path: `?first=${first}`, code: BAD })),
  ...['status=DONE', 'status=', 'first=1&first=2', 'wish=all'].map((query): BadJob => ({ title: `a list of ${query}`, path: `?${query}`, code: BAD })),
  { title: 'a cursor of nobody', path: '?after=abc', code: 'CURSOR_INVALID' },
  ...[ID, 'x', '%00', '..%2f..', '__proto__', 'x'.repeat(3_000)].flatMap((id): BadJob[] => {
    const title = id.slice(0, 40);
    return [
      { title: `a job called ${title}`, path: `/${id}`, code: 'JOB_NOT_FOUND' }, { title: `the cancelling of ${title}`, path: `/${id}/cancel`, method: 'POST', code: 'JOB_NOT_FOUND' },
      { title: `the items of ${title}`, path: `/${id}/items`, code: 'JOB_NOT_FOUND' }, { title: `the events of ${title}`, path: `/${id}/events`, code: 'JOB_NOT_FOUND' },
    ];
  }),
  ...['-1', '1.5', 'last', '99999999999', '1, 2'].map((id): BadJob => ({ title: `events after "${id}"`, path: `/${ID}/events`, headers: { 'last-event-id': id }, code: BAD })),
  { title: 'events after text', path: `/${ID}/events?after=x`, code: BAD }, { title: 'events in another encoding', path: `/${ID}/events?encoding=xml`, code: BAD },
  { title: 'items in another encoding', path: `/${ID}/items?encoding=hex`, code: BAD },
  { title: 'PUT', path: `/${ID}`, method: 'PUT', body: {}, code: BAD }, { title: 'DELETE', path: '', method: 'DELETE', code: BAD }, { title: 'another path', path: `/${ID}/delete`, code: BAD },
  { title: 'a wrong key', path: '', headers: { authorization: 'Bearer nobody' }, code: 'UNAUTHENTICATED' }, { title: 'a foreign Origin', path: '', headers: { origin: 'https://evil.example' }, code: 'HOST_NOT_ALLOWED' },
];
