import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import type { Api } from '../support/api';
import { percentile, round } from '../support/report';

const SAMPLES = 300;
const WARM_UP = 30;

interface IdleSettings {
  url: string;
  api: Api;
  deployment: string;
  items: object[];
}

/** From the submit to the final event at a GraphQL subscriber, one job at a time on an otherwise idle platform. */
export async function idleLatency({ url, api, deployment, items }: IdleSettings): Promise<{ p50: number; p99: number }> {
  const socket = createClient({ url: `${url.replace(/^http/, 'ws')}/graphql`, webSocketImpl: WebSocket, lazy: false });
  const tookMs: number[] = [];
  for (let sample = 0; sample < WARM_UP + SAMPLES; sample++) {
    const startedAt = performance.now();
    const { submitInference } = await api.request<{ submitInference: { job: { id: string } } }>(
      'mutation ($input: SubmitInferenceInput!) { submitInference(input: $input) { job { id } } }', { input: { deployment, items } });
    const events = socket.iterate({ query: 'subscription ($id: ID!) { jobUpdated(id: $id) { status } }', variables: { id: submitInference.job.id } });
    for await (const event of events) {
      if (event.errors) throw new Error(event.errors[0]!.message);
    }
    if (sample >= WARM_UP) tookMs.push(performance.now() - startedAt);
  }
  await socket.dispose();
  return { p50: round(percentile(tookMs, 0.5), 1), p99: round(percentile(tookMs, 0.99), 1) };
}
