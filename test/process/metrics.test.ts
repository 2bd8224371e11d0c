import fs from 'node:fs';
import { Api } from '../../bench/support/api';
import { deployModel, until } from '../../bench/support/deploy';
import { identityItem, identityModel } from '../../bench/support/models';
import { startPlatform, temporaryDir, type PlatformProcess } from '../../bench/support/platform-process';

jest.setTimeout(120_000);

describe('the metrics of npm start', () => {
  let dataDir: string;
  let platform: PlatformProcess;
  let api: Api;
  beforeAll(async () => {
    dataDir = await temporaryDir('modelgraph-metrics-');
    // Meant for processes that run alone; the workers of one platform cannot share a port.
    platform = await startPlatform({ dataDir, env: { METRICS_PORT: '1', WORKERS: '2' } });
    api = new Api(platform.url);
  });
  afterAll(async () => {
    await api?.close();
    await platform?.stop();
    fs.rmSync(dataDir, { recursive: true, force: true });
  });

  const told = async (): Promise<string> => (await fetch(`${platform.url}/metrics`)).text();

  it('are told in one place: the gateway\'s, inference\'s, and those of every worker', async () => {
    const deployment = await deployModel(api, { name: 'echo', onnx: identityModel() });
    await api.request('mutation ($input: SubmitInferenceInput!) { submitInference(input: $input) { job { id } } }', { input: { deployment, items: [identityItem()] } });
    await until('the job is counted', async () => /modelgraph_inference_items_total\{[^}]*lane="queued"[^}]*outcome="ok"[^}]*\} 1/.test(await told()), 30_000);
    const text = await told();
    for (const name of ['gateway_request_duration_seconds_bucket', 'inference_queue_depth', 'inference_queue_wait_seconds_bucket', 'inference_batch_size_bucket']) {
      expect(text).toContain(`modelgraph_${name}{`);
    }
    expect(new Set(text.match(/^modelgraph_worker_process_resident_memory_bytes\{worker="[^"]+"\}/gm)).size).toBe(2);
  });

  it('are well-formed: each family has one type, and each series one value', async () => {
    const lines = (await told()).split('\n').filter(Boolean);
    const families = lines.filter((line) => line.startsWith('# TYPE')).map((line) => line.split(' ')[2]);
    expect(new Set(families).size).toBe(families.length);
    const series = lines.filter((line) => !line.startsWith('#')).map((line) => line.slice(0, line.lastIndexOf(' ')));
    expect(new Set(series).size).toBe(series.length);
  });
});
