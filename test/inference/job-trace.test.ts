import { startParted, type PartedPlatform } from '../../bench/support/parted-platform';
import { Attacker, SUBMIT } from '../support/attacker';
import { eventually } from '../support/eventually';
import { identityModel } from '../support/onnx';
import { startCollector, type CollectedSpan, type OtlpCollector } from '../support/otlp.collector';
import { exchange } from '../support/door.gateway';
import pg from 'pg';

const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const CLIENT_SPAN = '00f067aa0ba902b7';
const ITEMS = 40;

let collector: OtlpCollector;
let platform: PartedPlatform;
beforeAll(async () => {
  collector = await startCollector();
  platform = await startParted({ gateways: 1, workers: 1, env: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_TRACES_SAMPLER_ARG: '0', OTEL_BSP_SCHEDULE_DELAY: '200' } });
  await new Attacker(platform.gateways[0]!.url).deploy('default/echo', identityModel());
}, 90_000);
afterAll(async () => {
  await platform?.stop();
  await collector?.close();
});

async function submit(itemCount: number, headers: Record<string, string>): Promise<string> {
  const items = Array.from({ length: itemCount }, () => ({ inputs: [{ name: 'x', datatype: 'FP32', shape: [1], json: [1] }] }));
  const body = JSON.stringify({ query: SUBMIT, variables: { input: { deployment: 'default/echo', items } } });
  const { text } = await exchange(`${platform.gateways[0]!.url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body });
  const { data } = JSON.parse(text) as { data: { submitInference: { job: { id: string } } } };
  return data.submitInference.job.id;
}

const of = (traceId: string) => collector.spans.filter((span) => span.traceId === traceId);
/** Names of services and spans from a span up to the client's own. */
function wayUp(span: CollectedSpan | undefined, spans: readonly CollectedSpan[]): string[] {
  if (!span) return ['lost'];
  const above = span.parentId === CLIENT_SPAN ? ['client'] : wayUp(spans.find(({ spanId }) => spanId === span.parentId), spans);
  return [`${span.service.replace('modelgraph-', '')}: ${span.name}`, ...above];
}

it('follows a client\'s trace over the gateway and the subgraph to every chunk of its job', async () => {
  const id = await submit(ITEMS, { traceparent: `00-${TRACE_ID}-${CLIENT_SPAN}-01` });
  expect((await new Attacker(platform.gateways[0]!.url).outcome(id)).status).toBe('SUCCEEDED');
  const runs = await eventually(() => {
    const found = of(TRACE_ID).filter(({ name }) => name === 'run chunk');
    expect(found).toHaveLength(ITEMS);
    expect(of(TRACE_ID).map(({ service }) => service)).toEqual(expect.arrayContaining(['modelgraph-gateway', 'modelgraph-inference']));
    return found;
  }, { timeoutMs: 20_000 });
  for (const run of runs) {
    expect(wayUp(run, of(TRACE_ID))).toEqual(['worker: run chunk', expect.stringMatching(/^inference: /), 'gateway: fetch inference', 'gateway: mutation', 'client']);
  }
});

it('keeps nothing with the jobs of a trace that nobody follows', async () => {
  const jobs = [await submit(1, { traceparent: `00-${'5'.repeat(32)}-${CLIENT_SPAN}-00` }), await submit(1, {})];
  for (const id of jobs) expect((await new Attacker(platform.gateways[0]!.url).outcome(id)).status).toBe('SUCCEEDED');
  const client = new pg.Client({ connectionString: platform.databaseUrl });
  await client.connect();
  const { rows } = await client.query<{ traceparent: string | null }>('select traceparent from job where id = any($1)', [jobs]);
  await client.end();
  expect(rows).toEqual([{ traceparent: null }, { traceparent: null }]);
  expect(of('5'.repeat(32))).toEqual([]);
});
