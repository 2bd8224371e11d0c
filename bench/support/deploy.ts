import { setTimeout as delay } from 'node:timers/promises';
import type { Api } from './api';

const READY_WITHIN_MS = 60_000;

/** Pushes a model and deploys it under the same name; resolves once every replica serves. */
export async function deployModel(api: Api, model: { name: string; onnx: Uint8Array; namespace?: string; replicas?: number; settings?: object }): Promise<string> {
  const { name, onnx, namespace = 'default', replicas = 1, settings = {} } = model;
  const fullName = `${namespace}/${name}`;
  await api.request('mutation ($input: CreateModelInput!) { createModel(input: $input) { model { id } } }', { input: { namespace, name } });
  const { createUpload } = await api.request<{ createUpload: { upload: { url: string } } }>(
    'mutation ($input: CreateUploadInput!) { createUpload(input: $input) { upload { url } } }', { input: { model: fullName } });
  const { versionId } = await api.put(createUpload.upload.url, onnx);
  await until('the version is READY', async () => {
    const { modelVersion } = await api.request<{ modelVersion: { state: string } }>('query ($id: ID!) { modelVersion(id: $id) { state } }', { id: versionId });
    return modelVersion.state === 'READY';
  });
  await api.request('mutation ($input: CreateDeploymentInput!) { createDeployment(input: $input) { deployment { id } } }',
    { input: { namespace, name, model: fullName, version: 1, replicas, ...settings } });
  await until('the deployment is READY', async () => {
    const { deployment } = await api.request<{ deployment: { status: string } }>('query ($fullName: String!) { deployment(fullName: $fullName) { status } }', { fullName });
    return deployment.status === 'READY';
  });
  return fullName;
}

export async function until(what: string, isSo: () => Promise<boolean>, withinMs = READY_WITHIN_MS): Promise<void> {
  const endAt = Date.now() + withinMs;
  while (!(await isSo())) {
    if (Date.now() > endAt) throw new Error(`Waited ${withinMs} ms in vain until ${what}.`);
    await delay(50);
  }
}
