import { ApiError, type ApiClient } from './client';
import type { PictureTensor } from './picture';

export interface Timing {
  queuedMs: number | null;
  batchWaitMs: number | null;
  computeMs: number | null;
}

export interface Output {
  shape: number[];
  data: Float32Array;
}

export interface FinishedItem {
  index: number;
  output: Output;
  timing: Timing;
}

interface TensorAnswer { shape: number[]; base64: string | null; url: string | null }
interface ItemAnswer { index: number; error: { code: string; message: string } | null; timing: Timing; outputs: TensorAnswer[] | null }
interface EventAnswer { jobEvents: { items: ItemAnswer[]; job: { status: string; error: { code: string; message: string } | null } } }

const SUBMIT = 'mutation ($input: SubmitInferenceInput!) { submitInference(input: $input) { job { id } } }';
const UPLOAD = 'mutation ($input: CreateTensorUploadInput!) { createTensorUpload(input: $input) { blob url } }';
const EVENTS = `subscription ($id: ID!) {
  jobEvents(id: $id) {
    job { status error { code message } }
    items { index error { code message } timing { queuedMs batchWaitMs computeMs } outputs { shape base64 url } }
  }
}`;

/** Sends one job of many pictures through the queue and yields each item's output as it finishes. */
export async function* inferEach(api: ApiClient, deployment: string, pictures: readonly PictureTensor[]): AsyncGenerator<FinishedItem> {
  const items = await Promise.all(pictures.map(async (picture) => ({ inputs: [await uploaded(api, picture)] })));
  const { submitInference } = await api.request<{ submitInference: { job: { id: string } } }>(SUBMIT, { input: { deployment, items } });
  for await (const { jobEvents: event } of api.subscribe<EventAnswer>(EVENTS, { id: submitInference.job.id })) {
    for (const item of event.items) yield await readItem(api, item);
    if (event.job.error) throw new ApiError(event.job.error.message, event.job.error.code);
  }
}

async function uploaded(api: ApiClient, { shape, data }: PictureTensor) {
  const { createTensorUpload } = await api.request<{ createTensorUpload: { blob: string; url: string } }>(
    UPLOAD, { input: { datatype: 'FP32', shape } },
  );
  await api.put(createTensorUpload.url, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  return { name: 'x', datatype: 'FP32', shape, blob: createTensorUpload.blob };
}

async function readItem(api: ApiClient, { index, error, timing, outputs }: ItemAnswer): Promise<FinishedItem> {
  const tensor = outputs?.[0];
  if (error || !tensor) throw new ApiError(error?.message ?? `item ${index} has no output`, error?.code ?? 'NO_OUTPUT');
  const bytes = tensor.base64 === null ? await api.get(tensor.url!) : Buffer.from(tensor.base64, 'base64');
  return { index, timing, output: { shape: tensor.shape, data: floatsOf(bytes) } };
}

function floatsOf(bytes: Uint8Array): Float32Array {
  const copy = bytes.slice();
  return new Float32Array(copy.buffer, copy.byteOffset, copy.byteLength / Float32Array.BYTES_PER_ELEMENT);
}
