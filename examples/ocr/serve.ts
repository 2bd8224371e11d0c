import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { ApiError, type ApiClient } from './client';

const NAMESPACE = 'default';

/** Pushes an ONNX file and deploys it; what is there already from an earlier run is used again. Returns the deployment's full name. */
export async function serveModel(api: ApiClient, model: { name: string; file: string }): Promise<string> {
  const bytes = await readFile(model.file);
  const digest = createHash('sha256').update(bytes).digest('hex');
  const fullName = `${NAMESPACE}/${model.name}`;
  await unlessTaken(api.request(
    'mutation ($input: CreateModelInput!) { createModel(input: $input) { model { id } } }',
    { input: { namespace: NAMESPACE, name: model.name, description: 'PaddleOCR PP-OCRv4' } },
  ));
  const number = (await publishedNumber(api, fullName, digest)) ?? (await push(api, { fullName, bytes, digest }));
  await unlessTaken(api.request(
    'mutation ($input: CreateDeploymentInput!) { createDeployment(input: $input) { deployment { id } } }',
    { input: { namespace: NAMESPACE, name: model.name, model: fullName, version: number } },
  ));
  await untilReady(api, fullName);
  return fullName;
}

async function unlessTaken(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof ApiError && error.code === 'NAME_TAKEN')) throw error;
  }
}

interface Versions { model: { versions: { edges: { node: { number: number; digest: string } }[] } } }

async function publishedNumber(api: ApiClient, fullName: string, digest: string): Promise<number | null> {
  const { model } = await api.request<Versions>(
    'query ($fullName: String!) { model(fullName: $fullName) { versions(first: 100, state: READY) { edges { node { number digest } } } } }',
    { fullName },
  );
  return model.versions.edges.find(({ node }) => node.digest.endsWith(digest))?.node.number ?? null;
}

async function push(api: ApiClient, { fullName, bytes, digest }: { fullName: string; bytes: Uint8Array; digest: string }): Promise<number> {
  const { createUpload } = await api.request<{ createUpload: { upload: { url: string } } }>(
    'mutation ($input: CreateUploadInput!) { createUpload(input: $input) { upload { url } } }',
    { input: { model: fullName, sizeBytes: String(bytes.length), sha256: digest } },
  );
  const { versionId } = (await api.put(createUpload.upload.url, bytes)) as { versionId: string };
  const inspected = 'subscription ($id: ID!) { modelVersionUpdated(id: $id) { number state inspection { code message } } }';
  interface Update { modelVersionUpdated: { number: number; state: string; inspection: { code: string | null; message: string | null } } }
  for await (const { modelVersionUpdated: version } of api.subscribe<Update>(inspected, { id: versionId })) {
    if (version.state === 'READY') return version.number;
    if (version.state === 'REJECTED') throw new ApiError(version.inspection.message ?? 'rejected', version.inspection.code ?? 'REJECTED');
  }
  throw new ApiError(`The inspection of ${fullName} ended without an answer.`, 'VERSION_NOT_READY');
}

interface Status { id: string; status: string; reason: { code: string; message: string } | null }

async function untilReady(api: ApiClient, fullName: string): Promise<void> {
  const { deployment } = await api.request<{ deployment: Status }>(
    'query ($fullName: String!) { deployment(fullName: $fullName) { id } }', { fullName },
  );
  const updates = 'subscription ($id: ID!) { deploymentUpdated(id: $id) { id status reason { code message } } }';
  for await (const { deploymentUpdated } of api.subscribe<{ deploymentUpdated: Status }>(updates, { id: deployment.id })) {
    if (deploymentUpdated.status === 'READY') return;
    if (deploymentUpdated.status === 'FAILED' || deploymentUpdated.status === 'STOPPED') {
      throw new ApiError(
        deploymentUpdated.reason?.message ?? `${fullName} is ${deploymentUpdated.status}`,
        deploymentUpdated.reason?.code ?? 'DEPLOYMENT_NOT_READY',
      );
    }
  }
}
