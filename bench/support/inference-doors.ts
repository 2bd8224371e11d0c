import { setTimeout as delay } from 'node:timers/promises';
import { type Pool } from 'undici';
import type { Api } from './api';
import type { BenchedModel } from './inference-models';

const POLL_MS = 20;

/** One request through one door, to its answer. */
export type Door = () => Promise<void>;

/** Binary Open Inference Protocol, at the floor and at the platform alike. */
export function binaryDoor(pool: Pool, requestPath: string, { input, shape }: BenchedModel): Door {
  const data = dataOf(shape);
  const head = Buffer.from(JSON.stringify({
    inputs: [{ name: input, datatype: 'FP32', shape, parameters: { binary_data_size: data.byteLength } }], parameters: { binary_data_output: true },
  }));
  const headers = { 'content-type': 'application/octet-stream', 'inference-header-content-length': String(head.byteLength) };
  const body = Buffer.concat([head, data]);
  return async () => {
    const response = await pool.request({ path: requestPath, method: 'POST', headers, body });
    if (response.statusCode !== 200) throw new Error(`${requestPath} answered ${response.statusCode}: ${await response.body.text()}`);
    await response.body.arrayBuffer();
  };
}

/** `infer`, with the input as base64. */
export function graphqlDoor(api: Api, deployment: string, model: BenchedModel): Door {
  const inputs = [tensorOf(model)];
  return async () => {
    await api.request('mutation ($input: InferInput!) { infer(input: $input) { outputs { name base64 } } }', { input: { deployment, inputs } });
  };
}

/** A durable job, polled until it has succeeded. */
export function queuedDoor(api: Api, deployment: string, model: BenchedModel): Door {
  const items = [{ inputs: [tensorOf(model)] }];
  return async () => {
    const { submitInference: { job: { id } } } = await api.request<{ submitInference: { job: { id: string } } }>(
      'mutation ($input: SubmitInferenceInput!) { submitInference(input: $input) { job { id } } }', { input: { deployment, items } });
    for (let status = 'QUEUED'; status !== 'SUCCEEDED';) {
      await delay(POLL_MS);
      ({ job: { status } } = await api.request<{ job: { status: string } }>('query ($id: ID!) { job(id: $id) { status } }', { id }));
      if (status === 'FAILED' || status === 'EXPIRED') throw new Error(`A job ended ${status}.`);
    }
  };
}

function tensorOf({ input, shape }: BenchedModel): object {
  return { name: input, datatype: 'FP32', shape, base64: dataOf(shape).toString('base64') };
}

function dataOf(shape: readonly number[]): Buffer {
  const count = shape.reduce((product, size) => product * size, 1);
  return Buffer.from(Float32Array.from({ length: count }, (_, index) => Math.sin(index * 0.01)).buffer);
}
