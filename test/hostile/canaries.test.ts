import { readFile } from 'node:fs/promises';
import WebSocket from 'ws';
import { startPlatform, type PlatformProcess } from '../../bench/support/platform-process';
import { Attacker } from '../support/attacker';
import { eventually } from '../support/eventually';
import { exchange } from '../support/door.gateway';
import { identityModel } from '../support/onnx';
import { startCollector, type OtlpCollector } from '../support/otlp.collector';
import { controlUrl } from '../support/postgres';

/** Twelve secrets, each recognised wherever it turns up, whole or by its middle. */
const canary = (name: string) => `canary-${name}-5up3r53cr3t-${name}`;
const NAMES = [
  'unknown-key', 'cookie', 'forged-identity', 'proxy-key', 'tracestate', 'socket-key', 'socket-param', 'query-string', 'upload-token', 'signature', 'broken-body', 'tensor',
] as const;
const secrets = Object.fromEntries(NAMES.map((name) => [name, canary(name)])) as Record<(typeof NAMES)[number], string>;
const found = (text: string) => [...text.matchAll(/canary-([\w-]+?)-5up3r/g)].map(([, name]) => name)
  .concat(NAMES.filter((name) => text.includes(Buffer.from(canary(name)).toString('base64').slice(0, 24))));

let platform: PlatformProcess;
let collector: OtlpCollector;
const answers: string[] = [];

async function send(path: string, options: Parameters<typeof exchange>[1] = {}): Promise<void> {
  const { headers, text } = await exchange(`${platform.url}${path}`, options);
  answers.push(JSON.stringify(headers), text);
}

/** All that a socket is told until it is closed or answers an operation. */
async function overSocket(payload: object): Promise<void> {
  const socket = new WebSocket(`${platform.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  await new Promise<void>((resolve) => {
    socket.on('open', () => socket.send(JSON.stringify({ type: 'connection_init', payload })));
    socket.on('message', (data) => {
      answers.push(String(data));
      if (!String(data).includes('connection_ack')) return resolve();
      return socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: '{ viewer { nothing } }' } }));
    });
    socket.on('close', (_code, reason) => { answers.push(String(reason)); resolve(); });
  });
  socket.terminate();
}

const json = { 'content-type': 'application/json' };
const query = (text: string, variables: object = {}) => ({ method: 'POST', headers: json, body: JSON.stringify({ query: text, variables }) });

beforeAll(async () => {
  collector = await startCollector();
  platform = await startPlatform({ env: { LOG_LEVEL: 'trace', OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_BSP_SCHEDULE_DELAY: '200' } });
  const operator = new Attacker(platform.url);
  await operator.deploy('default/text', identityModel('BYTES'));
  await operator.deploy('default/number', identityModel());
}, 90_000);
afterAll(async () => {
  await platform?.stop();
  await collector?.close();
});

it('tells twelve secrets to no log, no metric, no trace and no answer', async () => {
  for (const [name, value] of [
    ['authorization', `Bearer ${secrets['unknown-key']}`], ['cookie', `session=${secrets.cookie}`], ['x-modelgraph-identity', secrets['forged-identity']],
    ['proxy-authorization', `Basic ${secrets['proxy-key']}`], ['x-api-key', secrets['proxy-key']], ['tracestate', `vendor=${secrets.tracestate}`],
  ] as const) {
    for (const path of ['/graphql', '/graphiql', '/uploads/x', '/nowhere', '/readyz']) {
      await send(path, { headers: { [name]: value } });
      await send(path, { ...query('{ viewer { name } jobs { nothing } }'), headers: { ...json, [name]: value } });
    }
  }
  await overSocket({ authorization: `Bearer ${secrets['socket-key']}` });
  await overSocket({ authorization: { token: secrets['socket-key'] } });
  await overSocket({ password: secrets['socket-param'], token: secrets['socket-param'] });
  for (const path of ['/graphql', '/graphiql', '/nowhere', '/readyz', '/livez']) await send(`${path}?query={__typename}&token=${secrets['query-string']}`);
  for (const method of ['GET', 'PUT', 'POST', 'PATCH', 'DELETE']) {
    await send(`/uploads/${secrets['upload-token']}`, { method, body: 'x' });
    for (const path of ['/artifacts/x', '/tensors/x']) await send(`${path}?expires=9999999999999&signature=${secrets.signature}`, { method });
  }
  for (const body of [secrets['broken-body'], `{"query": ${secrets['broken-body']}`, `{"query": "{ viewer { name } }" ${secrets['broken-body']}`]) await send('/graphql', { method: 'POST', headers: json, body });

  const submit = 'mutation ($input: SubmitInferenceInput!) { submitInference(input: $input) { job { id } } }';
  for (const deployment of ['default/text', 'default/number', 'default/none']) {
    for (const data of [{ json: [secrets.tensor] }, { base64: Buffer.from(secrets.tensor).toString('base64') }]) {
      await send('/graphql', query(submit, { input: { deployment, idempotencyKey: secrets.tensor, items: [{ inputs: [{ name: 'x', datatype: 'BYTES', shape: [1], ...data }] }] } }));
    }
  }
  const jobs = async () => (await new Attacker(platform.url).ask<{ jobs: { edges: { node: { status: string } }[] } }>('{ jobs { edges { node { status error { message } } } } }')).data!.jobs.edges;
  await eventually(async () => expect((await jobs()).map(({ node }) => node.status)).toEqual(['SUCCEEDED']));
  answers.push(JSON.stringify(await jobs()));
  await send('/metrics');

  const log = await readFile(platform.logFile, 'utf8');
  expect(log.split('\n').length).toBeGreaterThan(100);
  expect(answers.length).toBeGreaterThan(150);
  await eventually(() => expect(collector.spans.map(({ name }) => name)).toEqual(expect.arrayContaining(['graphql', 'mutation', 'fetch inference', 'run chunk'])));
  expect([found(log), found(answers.join('\n')), found(collector.text())]).toEqual([[], [], []]);
}, 60_000);

it('does not tell the password of a database that refuses it', async () => {
  const url = new URL(controlUrl());
  url.password = canary('database');
  const refusal = await startPlatform({ env: { DATABASE_URL: url.href, LOG_LEVEL: 'trace' } }).then(() => 'started', (error: unknown) => String(error));
  expect(refusal).toContain('DATABASE_URL');
  expect(found(refusal)).toEqual([]);
});
