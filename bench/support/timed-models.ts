import { Pool } from 'undici';
import { countingModel } from '../../test/support/onnx';
import type { Api } from './api';
import { deployModel } from './deploy';

const CALIBRATION_STEPS = 100_000;
const CALIBRATION_RUNS = 7;

/** Deployments whose runs take about so long: each counts up to a number that was found by measuring. */
export class TimedModels {
  readonly #pool: Pool;
  #deployments: string[] = [];
  #bodies: string[] = [];

  constructor(url: string, private readonly api: Api) {
    this.#pool = new Pool(url, { connections: 4_096, pipelining: 1, headersTimeout: 600_000, bodyTimeout: 600_000 });
  }

  /** @returns milliseconds that one step takes on this machine */
  async calibrate(): Promise<number> {
    const deployment = await this.#deploy('default', 'calibration');
    const times: number[] = [];
    for (let run = 0; run < CALIBRATION_RUNS; run += 1) times.push(await this.#computeMs(deployment));
    return times.sort((one, other) => one - other)[Math.floor(CALIBRATION_RUNS / 2)]! / CALIBRATION_STEPS;
  }

  async deployAll({ namespace = 'default', servicesMs, msPerStep }: { namespace?: string; servicesMs: readonly number[]; msPerStep: number }): Promise<void> {
    this.#deployments = [];
    for (const ms of servicesMs) this.#deployments.push(await this.#deploy(namespace, `ms-${ms}`));
    this.#bodies = servicesMs.map((ms) => bodyOf(Math.max(1, Math.round(ms / msPerStep))));
  }

  /** Of the kind's deployment; milliseconds from now to the answer, null: refused or too late. */
  async call(kind: number, timeoutMs: number | null): Promise<number | null> {
    const startedAt = performance.now();
    const headers = timeoutMs === null ? { 'inference-timeout-ms': '600000' } : { 'inference-timeout-ms': String(timeoutMs) };
    const { statusCode, body } = await this.#pool.request({ path: `/v2/models/${this.#deployments[kind]}/infer`, method: 'POST', headers, body: this.#bodies[kind]! });
    await body.dump();
    return statusCode === 200 ? performance.now() - startedAt : null;
  }

  close(): Promise<void> {
    return this.#pool.destroy();
  }

  #deploy(namespace: string, name: string): Promise<string> {
    return deployModel(this.api, { namespace, name, onnx: countingModel(), settings: { batching: { maxBatchSize: 1 } } });
  }

  async #computeMs(deployment: string): Promise<number> {
    const text = 'mutation ($input: InferInput!) { infer(input: $input) { timing { computeMs } } }';
    const inputs = [{ name: 'n', datatype: 'INT64', shape: [1, 1], json: [String(CALIBRATION_STEPS)] }];
    return (await this.api.request<{ infer: { timing: { computeMs: number } } }>(text, { input: { deployment, inputs } })).infer.timing.computeMs;
  }
}

function bodyOf(steps: number): string {
  return JSON.stringify({ inputs: [{ name: 'n', datatype: 'INT64', shape: [1, 1], data: [steps] }] });
}
