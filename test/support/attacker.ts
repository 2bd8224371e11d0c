import { eventually } from './eventually';

export interface Answer<Data = Record<string, unknown>> {
  data?: Data | null;
  errors?: { message: string; extensions: { code: string; requestId?: string } }[];
}

export interface Outcome {
  status: string;
  error: { code: string } | null;
  items: { edges: { node: { error: { code: string } | null; outputs: { json: unknown }[] | null } }[] };
}

const FINAL = ['SUCCEEDED', 'FAILED', 'CANCELED', 'EXPIRED'];
const JOB = 'query ($id: ID!) { job(id: $id) { status error { code } items(first: 1) { edges { node { error { code } outputs { json } } } } } }';
export const SUBMIT = 'mutation ($input: SubmitInferenceInput!) { submitInference(input: $input) { job { id } } }';

/** Someone outside, who speaks plain HTTP to a platform and takes every answer as it comes. */
export class Attacker {
  constructor(readonly url: string, private readonly key?: string) {}

  async ask<Data = Record<string, unknown>>(query: string, variables: object = {}): Promise<Answer<Data>> {
    const headers = { 'content-type': 'application/json', ...(this.key && { authorization: `Bearer ${this.key}` }) };
    const response = await fetch(`${this.url}/graphql`, { method: 'POST', headers, body: JSON.stringify({ query, variables }) });
    return (await response.json()) as Answer<Data>;
  }

  /** The code it is refused with, null when it is not. */
  async refusal(query: string, variables: object = {}): Promise<string | null> {
    return (await this.ask(query, variables)).errors?.[0]?.extensions.code ?? null;
  }

  /** A job's id, or why there is none. */
  async submit(input: object): Promise<{ id: string } | { code: string }> {
    const { data, errors } = await this.ask<{ submitInference: { job: { id: string } } }>(SUBMIT, { input });
    return data ? { id: data.submitInference.job.id } : { code: errors![0]!.extensions.code };
  }

  /** How one item ended. */
  async run(deployment: string, input: object): Promise<Outcome> {
    const job = await this.submit({ deployment, items: [{ inputs: [input] }] });
    if ('code' in job) throw new Error(`not accepted: ${job.code}`);
    return this.outcome(job.id);
  }

  outcome(id: string): Promise<Outcome> {
    return eventually(async () => {
      const { job } = (await this.ask<{ job: Outcome }>(JOB, { id })).data!;
      expect(FINAL).toContain(job.status);
      return job;
    }, { timeoutMs: 40_000 });
  }

  async uploadUrl(model: string): Promise<string> {
    const query = 'mutation ($input: CreateUploadInput!) { createUpload(input: $input) { upload { url } } }';
    return (await this.ask<{ createUpload: { upload: { url: string } } }>(query, { input: { model } })).data!.createUpload.upload.url;
  }

  /** Pushes a file as the first version of a new model; resolves with what inspection found. */
  async push(model: string, file: Buffer): Promise<{ state: string; code: string | null }> {
    const [namespace, name] = model.split('/');
    await this.ask('mutation ($input: CreateModelInput!) { createModel(input: $input) { model { id } } }', { input: { namespace, name } });
    await fetch(await this.uploadUrl(model), { method: 'PUT', body: new Uint8Array(file) });
    return eventually(async () => {
      const query = 'query ($model: String!) { model(fullName: $model) { version(number: 1) { state inspection { code } } } }';
      const { state, inspection } = (await this.ask<{ model: { version: { state: string; inspection: { code: string | null } } } }>(query, { model })).data!.model.version;
      expect(state).not.toBe('INSPECTING');
      return { state, code: inspection.code };
    }, { timeoutMs: 30_000 });
  }

  /** Pushes a model and serves it under the same name. */
  async deploy(fullName: string, file: Buffer, settings: object = {}): Promise<void> {
    await this.push(fullName, file);
    const [namespace, name] = fullName.split('/');
    const query = 'mutation ($input: CreateDeploymentInput!) { createDeployment(input: $input) { deployment { id } } }';
    await this.ask(query, { input: { namespace, name, model: fullName, version: 1, ...settings } });
    const status = 'query ($fullName: String!) { deployment(fullName: $fullName) { status } }';
    await eventually(async () => expect((await this.ask(status, { fullName })).data).toEqual({ deployment: { status: 'READY' } }), { timeoutMs: 30_000 });
  }
}
