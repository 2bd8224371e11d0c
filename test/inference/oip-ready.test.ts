import { Readable } from 'node:stream';
import { eventually } from '../support/eventually';
import { openInference, SCOPE, type InferenceBench } from '../support/inference';

let bench: InferenceBench;
beforeAll(async () => { bench = await openInference(); });
afterAll(() => bench?.close());

const NOT_READY = [503, { ready: false, reason: 'no worker takes calls' }];

async function ready(): Promise<unknown[]> {
  const { status, body } = await bench.subgraph.bytes!({ method: 'GET', path: '/v2/health/ready', headers: {}, body: Readable.from([]), signal: new AbortController().signal, scope: SCOPE });
  return [status, JSON.parse(String(body))];
}

const change = (text: string): Promise<unknown[]> => bench.database.query({ text, values: [] });

it('the platform is ready while a worker that is heard of takes calls', async () => {
  await bench.addWorker();
  expect(await ready()).toEqual(NOT_READY);
  await change(`update worker set direct_address = '127.0.0.1:1'`);
  await eventually(async () => expect(await ready()).toEqual([200, { ready: true }]));
  await change(`update worker set heartbeat_at = now() - interval '7 seconds'`);
  await eventually(async () => expect(await ready()).toEqual(NOT_READY));
  await change(`update worker set heartbeat_at = now()`);
  await eventually(async () => expect(await ready()).toEqual([200, { ready: true }]));
  await change(`update worker set state = 'GONE'`);
  await eventually(async () => expect(await ready()).toEqual(NOT_READY));
});
