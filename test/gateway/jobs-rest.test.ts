import http from 'node:http';
import { startPlatform, type PlatformProcess } from '../../bench/support/platform-process';
import { Attacker } from '../support/attacker';
import { eventually } from '../support/eventually';
import { countingModel, identityModel } from '../support/onnx';
import { BAD_JOBS } from './jobs-rest.corpus';

let platform: PlatformProcess;
let attacker: Attacker;

beforeAll(async () => {
  platform = await startPlatform();
  attacker = new Attacker(platform.url);
  await attacker.deploy('default/pair', identityModel('FP32', ['n', 2]));
  await attacker.deploy('default/counting', countingModel(), { limits: { timeoutMs: 600_000 } });
}, 120_000);
afterAll(() => platform?.stop());

interface Answer {
  status: number;
  headers: Headers;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- a test reads what it asked for
  json: any;
}

async function call(path: string, { body, headers = {}, method = body === undefined ? 'GET' : 'POST' }: { body?: unknown; headers?: Record<string, string>; method?: string } = {}): Promise<Answer> {
  const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
  const response = await fetch(`${platform.url}/v1/jobs${path}`, { method, headers: { ...(text === undefined ? {} : { 'content-type': 'application/json' }), ...headers }, body: text });
  const answered = await response.text();
  return { status: response.status, headers: response.headers, json: answered === '' ? null : JSON.parse(answered) };
}

const pairs = (count: number, overrides: object = {}) => ({
  deployment: 'default/pair', items: Array.from({ length: count }, (_, index) => ({ inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 2], data: [index, 1] }] })), ...overrides,
});
const endless = { deployment: 'default/counting', items: [{ inputs: [{ name: 'n', datatype: 'INT64', shape: [1, 1], data: ['1000000000000000'] }] }] };

async function submit(body: object, headers?: Record<string, string>): Promise<string> {
  const { status, headers: answered, json } = await call('', { body, headers });
  expect([status, answered.get('location')]).toEqual([202, `/v1/jobs/${json.id}`]);
  return json.id as string;
}

async function reaches(id: string, status: string): Promise<Answer['json']> {
  return eventually(async () => {
    const { json } = await call(`/${id}`);
    expect(json.status).toBe(status);
    return json;
  }, { timeoutMs: 20_000 });
}

interface SentEvent { id: string; event: string; data: { seq: number; kind: string; items: { outputs: { data: unknown }[] }[] } }

/** The events until the stream ends, or so many; `status` alone where it is no stream. */
function events(path: string, { headers = {}, count = Infinity }: { headers?: Record<string, string>; count?: number } = {}): Promise<{ status: number; type: string | undefined; events: SentEvent[] }> {
  return new Promise((resolve, reject) => {
    http.get(`${platform.url}/v1/jobs${path}`, { headers: { accept: 'text/event-stream', ...headers } }, (response) => {
      let text = '';
      const read = (): SentEvent[] => text.split('\n\n').slice(0, -1).filter((block) => !block.startsWith(':')).map((block) => {
        const fields = Object.fromEntries(block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]));
        return { id: fields['id']!, event: fields['event']!, data: JSON.parse(fields['data']!) as SentEvent['data'] };
      });
      const settle = (): void => resolve({ status: response.statusCode!, type: response.headers['content-type'], events: response.headers['content-type']?.startsWith('text/event-stream') ? read() : [] });
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part;
        if (read().length < count) return;
        settle();
        response.destroy();
      }).once('end', settle).once('error', reject);
    }).once('error', reject);
  });
}

describe('a job over REST', () => {
  it('is accepted, read, listed, and its items come in pages with their outputs', async () => {
    const id = await submit(pairs(5, { outputs: ['y'], priority: 3 }));
    expect(await reaches(id, 'SUCCEEDED')).toMatchObject({ id, deployment: 'default/pair', version: 1, priority: 3, itemCount: 5, finishedCount: 5, failedCount: 0, progress: 1, error: null });
    const { json: first } = await call(`/${id}/items?first=3`);
    expect(first.items.map((item: { index: number; outputs: { data: number[] }[] }) => [item.index, item.outputs[0]!.data])).toEqual([[0, [0, 1]], [1, [1, 1]], [2, [2, 1]]]);
    const { json: rest } = await call(`/${id}/items?first=3&after=${first.next}&encoding=base64`);
    expect(rest).toMatchObject({ next: null, items: [{ index: 3, outputs: [{ name: 'y', datatype: 'FP32', shape: [1, 2], base64: 'AABAQAAAgD8=', url: null }] }, { index: 4 }] });
    const { json: page } = await call('?deployment=default/pair&status=SUCCEEDED&status=FAILED&first=1');
    expect([page.jobs.length, page.jobs[0].id]).toEqual([1, id]);
    expect((await call('?namespace=default&status=EXPIRED')).json).toEqual({ jobs: [], next: null });
  });

  it('that is sent again with its key is the same job, and another under that key is refused', async () => {
    const key = { 'idempotency-key': 'rest-1' };
    const id = await submit(pairs(1), key);
    expect(await submit(pairs(1), key)).toBe(id);
    expect(await call('', { body: pairs(2), headers: key })).toMatchObject({ status: 409, json: { error: { code: 'IDEMPOTENCY_CONFLICT', jobId: id } } });
  });

  it('is cancelled while it runs', async () => {
    const id = await submit(endless);
    await reaches(id, 'RUNNING');
    expect(await call(`/${id}/cancel`, { method: 'POST' })).toMatchObject({ status: 200, json: { id, status: 'CANCELED' } });
    expect(await call(`/${id}/cancel`, { method: 'POST' })).toMatchObject({ status: 409, json: { error: { code: 'JOB_FINAL' } } });
  });
});

describe('the events of a job over REST', () => {
  it('come in order with their outputs, and the stream ends with the job', async () => {
    const id = await submit(pairs(2));
    const { status, type, events: seen } = await events(`/${id}/events`);
    expect([status, type]).toEqual([200, 'text/event-stream; charset=utf-8']);
    expect(seen.map(({ id: number }) => number)).toEqual(seen.map((_, index) => String(index + 1)));
    expect([seen[0]!.event, seen.at(-1)!.event]).toEqual(['QUEUED', 'SUCCEEDED']);
    expect(seen.flatMap(({ data }) => data.items.map(({ outputs }) => outputs[0]!.data))).toEqual([[0, 1], [1, 1]]);
  });

  it('go on after Last-Event-ID without a gap, and after the last there is nothing to come back for', async () => {
    const id = await submit(endless);
    const begun = await events(`/${id}/events`, { count: 2 });
    expect(begun.events.map(({ event }) => event)).toEqual(['QUEUED', 'STARTED']);
    const rest = events(`/${id}/events`, { headers: { 'last-event-id': begun.events.at(-1)!.id } });
    await call(`/${id}/cancel`, { method: 'POST' });
    const ended = (await rest).events;
    expect(ended.map(({ id: number, event }) => [number, event])).toEqual([['3', 'CANCELED']]);
    expect((await events(`/${id}/events`, { headers: { 'last-event-id': '3' } })).status).toBe(204);
    expect((await events(`/${id}/events?after=1`)).events.map(({ id: number }) => number)).toEqual(['2', '3']);
  });

  it('of a job that is not there are refused as JSON', async () => {
    expect((await events('/01a20900-e232-7708-baf1-8b650fdaa573/events')).status).toBe(404);
  });
});

describe('a bad request for jobs', () => {
  it.each(BAD_JOBS.map((bad) => [bad.title, bad] as const))('is refused with 4xx and a code: %s', async (_title, { path, code, ...request }) => {
    const { status, json } = await call(path, request);
    expect(json.error).toEqual(expect.objectContaining({ code, message: expect.stringMatching(/\w/), requestId: expect.any(String) }));
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
  });

  it('leaves nothing behind', async () => {
    await reaches(await submit(pairs(1)), 'SUCCEEDED');
    const { json } = await call('?first=100');
    expect(json.jobs.every(({ deployment }: { deployment: string }) => deployment === 'default/pair' || deployment === 'default/counting')).toBe(true);
  });
});
