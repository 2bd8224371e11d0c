import { parse } from 'graphql';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { silentLog } from '../../platform/log';
import { subscribeOperation } from '../../platform/subgraph/run-operation';
import { newId } from '../../platform/uuid';
import { DeploymentDirectory, DeploymentSwitch } from '../../subgraphs/deployment';
import { AuditLog } from '../../subgraphs/identity';
import { createInferenceSubgraph } from '../../subgraphs/inference';
import { GenerationStore } from '../../subgraphs/inference/generation/generation.store';
import { KeptGenerations } from '../../subgraphs/inference/generation/kept.generations';
import { ModelDirectory, VersionDirectory } from '../../subgraphs/model-registry';
import type { GenerationAsked } from '../../subgraphs/inference/generation/generation.request';
import type { GenerationStep } from '../../subgraphs/inference/generation/generation-event';
import { runnersOf, untilRunnerComputes } from '../support/runner-processes';
import { decoderModel, decoderSignature, tokensAfter } from '../support/decoder-models';
import { eventually } from '../support/eventually';
import { makeServing, SCOPE, type Serving } from '../support/serving';

const PROMPT = [5, 1, 4];
/** Of 10 ms: what the kernel may have counted late, and the 200 ms that a canceled step may still take. */
const CANCEL_TICKS = 20;

let serving: Serving;
beforeAll(async () => {
  serving = await makeServing();
  serving.startWorkers('generation');
  await serving.deploy('decoder', decoderModel(), decoderSignature());
  await serving.deploy('stalling', decoderModel({ stallsAt: 6 }), decoderSignature());
  await serving.deploy('breaking', decoderModel({ breaksAt: 5 }), decoderSignature());
}, 120_000);
afterAll(() => serving?.close());

async function open(name: string, overrides: Partial<GenerationAsked> = {}, signal?: AbortSignal): Promise<AsyncIterableIterator<GenerationStep>> {
  const { generations } = serving.inference;
  const asked: GenerationAsked = { tokens: PROMPT, maxTokens: 5, stopIds: [], sampling: { seed: 1 }, timeoutMs: null, ...overrides };
  const prepared = await generations.prepare(SCOPE, `default/${name}`, asked);
  return generations.open({ ...SCOPE, signal }, { ...prepared, timeoutMs: asked.timeoutMs });
}

async function all(stream: AsyncIterable<GenerationStep>): Promise<GenerationStep[]> {
  const steps: GenerationStep[] = [];
  for await (const step of stream) steps.push(step);
  return steps;
}

const tokensOf = (steps: readonly GenerationStep[]): number[] => steps.flatMap(({ token }) => token ?? []);
const cpuTicks = (): Map<number, number> => new Map(runnersOf([process.pid]).map((runner) => [runner.pid, runner.cpuTicks]));

/** Ticks that a runner computes on before it is gone. */
async function ticksUntilGone(pid: number, before: number): Promise<number> {
  let last = before;
  await eventually(() => {
    const ticks = cpuTicks().get(pid);
    last = ticks ?? last;
    expect(ticks).toBeUndefined();
  }, { timeoutMs: 10_000 });
  return last - before;
}

/** Resolves once no runner computes: none has taken more time in a while than it takes to be alive. */
async function untilIdle(): Promise<void> {
  let before = new Map<number, number>();
  await eventually(() => {
    const now = cpuTicks();
    const isQuiet = [...now].every(([pid, ticks]) => ticks - (before.get(pid) ?? -Infinity) <= 1);
    before = now;
    if (!isQuiet) throw new Error('A runner computes.');
  }, { timeoutMs: 20_000 });
}

describe('a generation', () => {
  it('tells its tokens in order, numbered, and then why it ended', async () => {
    const steps = await all(await open('decoder'));
    expect(tokensOf(steps)).toEqual(tokensAfter(PROMPT, 5));
    expect(steps.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(steps.at(-1)).toEqual({ seq: 6, token: null, finishReason: 'LENGTH', error: null });
  });

  it('ends at a stop id, which is no part of it', async () => {
    const expected = tokensAfter(PROMPT, 40);
    const stop = expected[7]!;
    const steps = await all(await open('decoder', { maxTokens: 40, stopIds: [stop] }));
    expect(tokensOf(steps)).toEqual(expected.slice(0, expected.indexOf(stop)));
    expect(steps.at(-1)!.finishReason).toBe('STOP');
  });

  it('tells its first tokens before the last is computed, which never is', async () => {
    const stream = await open('stalling');
    const first = [await stream.next(), await stream.next(), await stream.next()];
    expect(tokensOf(first.map(({ value }) => value as GenerationStep))).toEqual(tokensAfter(PROMPT, 3));
    await stream.return!();
    await untilIdle();
  });

  it.each(['its reader leaves', 'its client disconnects'])('stops computing when %s in the middle of a step', async (how) => {
    const client = new AbortController();
    const stream = await open('stalling', {}, client.signal);
    for (let token = 0; token < 3; token++) await stream.next();
    const { pid } = await untilRunnerComputes([process.pid]);
    const before = cpuTicks().get(pid)!;
    if (how === 'its reader leaves') await stream.return!();
    else client.abort();
    expect(await ticksUntilGone(pid, before)).toBeLessThanOrEqual(CANCEL_TICKS);
  });

  it('goes on where another on its runner is canceled in the middle of a step, without a gap or a repeat', async () => {
    const [long, stuck] = [await open('stalling', { tokens: [3], maxTokens: 4 }), await open('stalling')];
    for (let token = 0; token < 3; token++) await stuck.next();
    await stuck.return!();
    expect(tokensOf(await all(long))).toEqual(tokensAfter([3], 4));
  });

  it('takes turns with others and with calls', async () => {
    const prompts = Array.from({ length: 8 }, (_, index) => [index + 1, 2]);
    const streams = await Promise.all(prompts.map((tokens) => open('decoder', { tokens, maxTokens: 60 })));
    const order: number[] = [];
    const ended = streams.map(async (stream, index) => {
      const tokens: number[] = [];
      for await (const { token } of stream) {
        order.push(index);
        if (token !== null) tokens.push(token);
      }
      expect(tokens).toEqual(tokensAfter(prompts[index]!, 60));
    });
    await Promise.all(ended);
    // Before any was half through, all had begun.
    const half = order.findIndex((index, position) => order.slice(0, position + 1).filter((each) => each === index).length === 30);
    expect(new Set(order.slice(0, half)).size).toBe(8);
  });

  it('that fails tells the tokens it had and then its error', async () => {
    const steps = await all(await open('breaking'));
    expect(tokensOf(steps)).toEqual(tokensAfter(PROMPT, 2));
    expect(steps.at(-1)).toMatchObject({ seq: 3, token: null, finishReason: 'FAILED', error: { code: 'INFERENCE_FAILED', message: expect.stringMatching(/NaN/) } });
  });

  it('is ended at its deadline', async () => {
    const steps = await all(await open('stalling', { timeoutMs: 2_000 }));
    expect(steps.at(-1)).toMatchObject({ finishReason: 'FAILED', error: { code: 'INFERENCE_TIMEOUT' } });
  });

  it.each<[string, Partial<GenerationAsked>]>([
    ['no token', { tokens: [] }], ['a token beyond the vocabulary', { tokens: [32] }], ['a negative token', { tokens: [-1] }], ['half a token', { tokens: [1.5] }],
    ['no tokens to give', { maxTokens: 0 }], ['more tokens than it may', { maxTokens: 201 }], ['half a token to give', { maxTokens: 1.5 }],
    ['too many stop ids', { stopIds: new Array<number>(65).fill(1) }], ['a stop id beyond the vocabulary', { stopIds: [99] }], ['a seed of 2^31', { sampling: { seed: 2 ** 31 } }],
    ['a temperature of NaN', { sampling: { temperature: NaN } }], ['no time', { timeoutMs: 0 }], ['half an hour', { timeoutMs: 1_800_000 }],
  ])('is refused with %s', async (_title, overrides) => {
    await expect(open('decoder', overrides)).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
  });

  it('is refused by a replica that has as many as it may, while calls of others go on', async () => {
    const streams = await Promise.all(Array.from({ length: 16 }, () => open('decoder', { maxTokens: 200 })));
    await expect(open('decoder')).rejects.toMatchObject({ code: 'QUEUE_FULL' });
    await Promise.all(streams.map((stream) => stream.return!()));
    await eventually(async () => expect(tokensOf(await all(await open('decoder')))).toEqual(tokensAfter(PROMPT, 5)));
  });
});

describe('a generation with a key', () => {
  const keyed = async (key: string, { name = 'decoder', after = 0, maxTokens = 12, bodySha256 = '00', kept = serving.inference.kept, tokens = PROMPT } = {}) => {
    const prepared = await serving.inference.generations.prepare(SCOPE, `default/${name}`, { tokens, maxTokens, stopIds: [], sampling: { seed: 1 }, timeoutMs: null });
    return kept.open(SCOPE, { ...prepared, timeoutMs: null, key, after, bodySha256 });
  };

  it('is gone on with behind the last event seen, without a gap or a repeat', async () => {
    const expected = tokensAfter(PROMPT, 12);
    const { id, events } = await keyed('resumed');
    const seen = [(await events.next()).value as GenerationStep, (await events.next()).value as GenerationStep];
    await events.return!();
    const again = await keyed('resumed', { after: 2 });
    expect(again.id).toBe(id);
    const rest = await all(again.events);
    expect([...seen, ...rest].map(({ seq }) => seq)).toEqual(Array.from({ length: 13 }, (_, index) => index + 1));
    expect(tokensOf([...seen, ...rest])).toEqual(expected);
    expect(rest.at(-1)).toEqual({ seq: 13, token: null, finishReason: 'LENGTH', error: null });
    expect(await all((await keyed('resumed', { after: 12 })).events)).toEqual(rest.slice(-1));
    expect(await all((await keyed('resumed', { after: 13 })).events)).toEqual([]);
  });

  it('is one, however many ask for it at a time', async () => {
    const opened = await Promise.all(Array.from({ length: 5 }, () => keyed('shared')));
    expect(new Set(opened.map(({ id }) => id)).size).toBe(1);
    for (const tokens of await Promise.all(opened.map(async ({ events }) => tokensOf(await all(events))))) expect(tokens).toEqual(tokensAfter(PROMPT, 12));
  });

  it.each<[string, string, () => Promise<unknown>]>([
    ['another body', 'IDEMPOTENCY_CONFLICT', async () => { await keyed('taken'); return keyed('taken', { bodySha256: '11' }); }],
    ['an event that has not come yet', 'CURSOR_INVALID', async () => { await keyed('taken'); return keyed('taken', { after: 1_000 }); }],
    ['an event before the first', 'CURSOR_INVALID', () => keyed('before', { after: -1 })], ['an event of what is not kept', 'CURSOR_EXPIRED', () => keyed('never', { after: 3 })],
    ['an empty key', 'BAD_USER_INPUT', () => keyed('')], ['a key too long', 'BAD_USER_INPUT', () => keyed('x'.repeat(256))],
  ])('is refused with %s', async (_title, code, ask) => {
    await expect(ask()).rejects.toMatchObject({ code });
  });

  it('stops computing when it is canceled in the middle of a step, and tells its readers', async () => {
    const { id, events } = await keyed('canceled', { name: 'stalling' });
    for (let token = 0; token < 3; token++) await events.next();
    const { pid } = await untilRunnerComputes([process.pid]);
    const before = cpuTicks().get(pid)!;
    await serving.inference.kept.cancel(SCOPE, id);
    expect(await all(events)).toEqual([{ seq: 4, token: null, finishReason: 'CANCELED', error: null }]);
    expect(await ticksUntilGone(pid, before)).toBeLessThanOrEqual(CANCEL_TICKS);
    await serving.inference.kept.cancel(SCOPE, id);
    await expect(serving.inference.kept.cancel(SCOPE, newId())).rejects.toMatchObject({ code: 'GENERATION_NOT_FOUND' });
    await expect(serving.inference.kept.cancel(SCOPE, 'no id')).rejects.toMatchObject({ code: 'GENERATION_NOT_FOUND' });
  });

  it('goes on in another process where the one that stepped it ends', async () => {
    const deployments = new DeploymentDirectory(serving.database, serving.bus);
    const first = new KeptGenerations({ store: new GenerationStore(serving.database), service: serving.inference.generations, deployments, bus: serving.bus, log: silentLog() });
    const { events } = await keyed('moved', { kept: first, maxTokens: 200 });
    const seen = [(await events.next()).value as GenerationStep];
    await first.close();
    await eventually(async () => {
      await serving.inference.kept.takeOver();
      const [row] = await serving.database.query<{ lease: number }>({ text: `select lease from generation where key = 'moved'`, values: [] });
      expect(row!.lease).toBe(2);
    });
    expect(tokensOf([...seen, ...await all(events)])).toEqual(tokensAfter(PROMPT, 200));
    await deployments.close();
  });

  it('is given up where every process that took it was lost', async () => {
    const prepared = await serving.inference.generations.prepare(SCOPE, 'default/decoder', { tokens: PROMPT, maxTokens: 3, stopIds: [], sampling: {}, timeoutMs: null });
    const { namespace, deploymentId, revision } = prepared.target;
    const id = newId();
    const owner = { namespace, deploymentId, revisionId: revision.id, principalId: SCOPE.caller.principalId };
    await new GenerationStore(serving.database).insert({ id, ...owner, key: 'lost', bodySha256: '00', request: prepared.request, timeoutMs: 60_000 });
    await serving.database.query({ text: `update generation set lease = 5, seen_at = 'epoch' where id = $1`, values: [id] });
    await serving.inference.kept.takeOver();
    expect(await all((await keyed('lost')).events)).toMatchObject([{ seq: 1, token: null, finishReason: 'FAILED', error: { code: 'WORKER_LOST' } }]);
  });
});

describe('the doors of a generation', () => {
  const subgraph = () => createInferenceSubgraph(serving.inference, {
    versions: new VersionDirectory(serving.database, new ModelDirectory(serving.database)),
    power: new DeploymentSwitch({ database: serving.database, bus: serving.bus, audit: new AuditLog() }),
  });
  const post = (action: string, body: unknown, { headers = {}, signal = new AbortController().signal }: { headers?: Record<string, string>; signal?: AbortSignal } = {}) => subgraph().bytes!({
    method: 'POST', path: `/v2/models/default/${action}`, headers, body: Readable.from([Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))]), signal, scope: SCOPE,
  });
  const asked = { input_ids: PROMPT, parameters: { max_tokens: 4, seed: 3 } };

  it('over GraphQL tells tokens, and with a key the generation', async () => {
    const { schema, context } = subgraph();
    const document = parse(`subscription ($input: InferStreamInput!) { inferStream(input: $input) { generation seq token finishReason error { code } } }`);
    const input = { deployment: 'default/decoder', tokens: PROMPT, maxTokens: 3, key: 'graph' };
    const opened = await subscribeOperation({ schema, context }, { document, variables: { input }, scope: SCOPE });
    const events: Record<string, unknown>[] = [];
    for await (const { data } of opened as AsyncIterable<{ data: { inferStream: Record<string, unknown> } }>) events.push(data.inferStream);
    expect(events.map(({ token }) => token)).toEqual([...tokensAfter(PROMPT, 3), null]);
    expect(events.at(-1)).toMatchObject({ generation: expect.any(String), seq: 4, finishReason: 'LENGTH', error: null });
  });

  it('over REST answers with all tokens, by generate', async () => {
    const { status, body } = await post('decoder/generate', { id: 'mine', ...asked });
    expect([status, JSON.parse(body as string)]).toEqual([200, { id: 'mine', model_name: 'default/decoder', model_version: '1', output_ids: tokensAfter(PROMPT, 4), details: { finish_reason: 'length' } }]);
    expect((await post('breaking/generate', asked)).status).toBe(422);
  });

  it('over REST tells each token as an event, by generate_stream, and goes on behind the last one', async () => {
    const { status, headers, body } = await post('decoder/versions/1/generate_stream', asked, { headers: { 'idempotency-key': 'rest' } });
    expect([status, headers?.['content-type']]).toEqual([200, 'text/event-stream; charset=utf-8']);
    const events = (await text(body as Readable)).trim().split('\n\n');
    expect(events.map((event) => event.split('\n')[0])).toEqual([1, 2, 3, 4, 5].map((seq) => `id: ${seq}`));
    expect(events.flatMap((event) => (JSON.parse(event.split('data: ')[1]!) as { output_ids: number[] }).output_ids)).toEqual(tokensAfter(PROMPT, 4));
    expect(events.at(-1)).toContain('"finish_reason":"length"');
    const rest = await post('decoder/versions/1/generate_stream', asked, { headers: { 'idempotency-key': 'rest', 'last-event-id': '3' } });
    expect((await text(rest.body as Readable)).trim().split('\n\n')).toEqual(events.slice(3));
    const failed = await text((await post('breaking/generate_stream', asked)).body as Readable);
    expect(failed).toMatch(/id: 3\ndata: {"error":".*NaN.*","code":"INFERENCE_FAILED"}\n\n$/);
  });

  it('over REST ends a generation whose client goes away', async () => {
    const client = new AbortController();
    const { body } = await post('stalling/generate_stream', asked, { signal: client.signal });
    const reader = (body as Readable)[Symbol.asyncIterator]();
    await reader.next();
    const { pid } = await untilRunnerComputes([process.pid]);
    client.abort();
    await eventually(() => expect(cpuTicks().has(pid)).toBe(false), { timeoutMs: 10_000 });
  });

  it.each<[string, unknown, Record<string, string>]>([
    ['nothing', '', {}], ['no JSON', '{', {}], ['a list', [], {}], ['no tokens', {}, {}], ['text for tokens', { input_ids: '1' }, {}], ['text among tokens', { input_ids: ['1'] }, {}],
    ['half a token', { input_ids: [0.5] }, {}], ['a token of 2^60', { input_ids: [2 ** 60] }, {}], ['another field', { ...asked, prompt: 'x' }, {}], ['another parameter', { ...asked, parameters: { beams: 2 } }, {}],
    ['text for a temperature', { ...asked, parameters: { temperature: 'hot' } }, {}], ['half a seed', { ...asked, parameters: { seed: 0.5 } }, {}], ['a number for a stop list', { ...asked, parameters: { stop_token_ids: 3 } }, {}],
    ['a stop list too long', { ...asked, parameters: { stop_token_ids: new Array(65).fill(1) } }, {}], ['no tokens wanted', { ...asked, parameters: { max_tokens: 0 } }, {}], ['half a timeout', asked, { 'inference-timeout-ms': '0.5' }],
    ['an event that is no number', asked, { 'idempotency-key': 'x', 'last-event-id': 'abc' }], ['an event and no key', asked, { 'last-event-id': '1' }], ['a deep nesting', '['.repeat(50_000), {}],
  ])('over REST refuse %s', async (_title, body, headers) => {
    for (const action of ['generate', 'generate_stream']) {
      const reply = await post(`decoder/${action}`, body, { headers });
      expect([reply.status, (JSON.parse(reply.body as string) as { code: string }).code]).toEqual([400, 'BAD_USER_INPUT']);
    }
  });
});
