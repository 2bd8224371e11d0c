import { setTimeout as delay } from 'node:timers/promises';
import { countingModel } from '../../test/support/onnx';
import { cpuTicksOf, isAlive, runnersOf } from '../../test/support/runner-processes';
import { Api } from '../support/api';
import { deployModel, until } from '../support/deploy';
import { startPlatform, type PlatformProcess } from '../support/platform-process';
import type { DrillResult } from './drill.result';

const CANCELS = 500;
/** Side by side, each with one runner: whose processor time is told apart so. */
const PLATFORMS = 2;
const MAX_CPU_AFTER_MS = 200;
/** Longer than a run may go on, so that one that does is seen to. */
const WATCH_MS = 600;
const LOOK_MS = 5;
const LONGEST_RUN_MS = 250;
const MS_PER_TICK = 10;
/** Steps that no run of the drill comes to the end of. */
const FOREVER = 10 ** 15;
const WITHIN_MS = 60_000;

interface Outcome {
  lane: 'direct' | 'queued';
  /** Whether the runner of the canceled work died with it: it was running. */
  hasMetRun: boolean;
  cpuAfterMs: number;
  mates: number;
  lostMates: number;
  isCanceled: boolean;
}

/** Work is canceled at random moments on both lanes: it stops computing, and those that shared its batch are answered. */
export async function cancel(): Promise<DrillResult> {
  const outcomes: Outcome[] = [];
  const orphans = await Promise.all(Array.from({ length: PLATFORMS }, () => drillOne(outcomes)));
  return judge(outcomes, orphans.reduce((sum, count) => sum + count, 0));
}

/** Resolves with how many runners outlived what they were for. */
async function drillOne(outcomes: Outcome[]): Promise<number> {
  const platform = await startPlatform();
  const api = new Api(platform.url);
  const seen = new Set<number>();
  try {
    const settings = { batching: { maxBatchSize: 4, maxDelayMs: 5 }, limits: { timeoutMs: 600_000 } };
    const deployment = await deployModel(api, { name: 'counting', onnx: countingModel(), settings });
    for (let count = 0; count < CANCELS / PLATFORMS; count += 1) outcomes.push(await new Trial({ platform, api, deployment, seen }).run());
    await until('a runner and its spare are left', async () => runnersOf([platform.pid]).length <= 2);
  } finally {
    await api.close();
    await platform.stop();
  }
  return [...seen].filter(isAlive).length;
}

function judge(outcomes: readonly Outcome[], orphans: number): DrillResult {
  const cpu = outcomes.map(({ cpuAfterMs }) => cpuAfterMs).sort((one, other) => one - other);
  const sum = (of: (outcome: Outcome) => number): number => outcomes.reduce((total, outcome) => total + of(outcome), 0);
  const [mates, lost] = [sum((outcome) => outcome.mates), sum((outcome) => outcome.lostMates)];
  const metRuns = sum(({ hasMetRun }) => Number(hasMetRun));
  const notCanceled = sum(({ isCanceled }) => Number(!isCanceled));
  const cpuAfterMsMax = cpu.at(-1) ?? Number.NaN;
  return {
    drill: 'cancel',
    ok: outcomes.length >= CANCELS && metRuns > CANCELS / 4 && cpuAfterMsMax <= MAX_CPU_AFTER_MS && lost === 0 && orphans === 0 && notCanceled === 0,
    figures: {
      accepted: outcomes.length + mates, finished: outcomes.length - notCanceled + mates - lost, lost, duplicated: 0, faults: metRuns, cancels: outcomes.length, notCanceled, orphans,
      direct: sum(({ lane }) => Number(lane === 'direct')), queued: sum(({ lane }) => Number(lane === 'queued')),
      cpuAfterMs: { p50: cpu[Math.floor(cpu.length / 2)], max: cpuAfterMsMax }, mates,
    },
  };
}

interface TrialParts {
  platform: PlatformProcess;
  api: Api;
  deployment: string;
  /** Every runner that was ever there. */
  seen: Set<number>;
}

/** One canceled piece of work, with others that may share its batch. */
class Trial {
  constructor(private readonly parts: TrialParts) {}

  async run(): Promise<Outcome> {
    const lane = Math.random() < 0.5 ? 'direct' : 'queued';
    const doomed = await (lane === 'direct' ? this.#call() : this.#submit());
    const mates = Array.from({ length: Math.floor(Math.random() * 4) }, (_, index) => this.#answers(index + 1));
    await delay(Math.random() * LONGEST_RUN_MS);
    const before = this.#cpuMs();
    const [isCanceled, after] = await Promise.all([doomed.cancel(), this.#watch(before)]);
    const answered = await Promise.all(mates);
    return { lane, isCanceled, ...after, mates: mates.length, lostMates: answered.filter((isRight) => !isRight).length };
  }

  /** Of each runner: there is a spare, and while one is replaced there may be two. */
  #cpuMs(): Map<number, number> {
    const runners = runnersOf([this.parts.platform.pid]);
    for (const { pid } of runners) this.parts.seen.add(pid);
    return new Map(runners.map(({ pid, cpuTicks }) => [pid, cpuTicks * MS_PER_TICK]));
  }

  async #watch(before: ReadonlyMap<number, number>): Promise<{ hasMetRun: boolean; cpuAfterMs: number }> {
    const endAt = performance.now() + WATCH_MS;
    const last = new Map(before);
    while (performance.now() < endAt) {
      for (const pid of before.keys()) last.set(pid, Math.max(last.get(pid)!, (cpuTicksOf(pid) ?? 0) * MS_PER_TICK));
      const dead = [...before.keys()].filter((pid) => !isAlive(pid));
      if (dead.length > 0) return { hasMetRun: true, cpuAfterMs: Math.max(...dead.map((pid) => last.get(pid)! - before.get(pid)!)) };
      await delay(LOOK_MS);
    }
    return { hasMetRun: false, cpuAfterMs: 0 };
  }

  async #call(): Promise<{ cancel(): Promise<boolean> }> {
    const client = new AbortController();
    const left = this.#infer(FOREVER, client.signal).then(() => false, () => true);
    return { cancel: () => { client.abort(); return left; } };
  }

  async #submit(): Promise<{ cancel(): Promise<boolean> }> {
    const { api, deployment } = this.parts;
    const inputs = [{ name: 'n', datatype: 'INT64', shape: [1, 1], json: [String(FOREVER)] }];
    const { submitInference } = await api.request<{ submitInference: { job: { id: string } } }>(
      'mutation ($input: SubmitInferenceInput!) { submitInference(input: $input) { job { id } } }', { input: { deployment, items: [{ inputs }] } });
    const text = 'mutation ($id: ID!) { cancelJob(input: { id: $id }) { job { status } } }';
    return {
      cancel: async () => (await api.request<{ cancelJob: { job: { status: string } } }>(text, { id: submitInference.job.id })).cancelJob.job.status === 'CANCELED',
    };
  }

  async #answers(steps: number): Promise<boolean> {
    const answer = await this.#infer(steps, AbortSignal.timeout(WITHIN_MS)).catch(() => null);
    return answer === steps;
  }

  async #infer(steps: number, signal: AbortSignal): Promise<number | undefined> {
    const { platform, deployment } = this.parts;
    const body = JSON.stringify({ inputs: [{ name: 'n', datatype: 'INT64', shape: [1, 1], data: [steps] }] });
    const response = await fetch(`${platform.url}/v2/models/${deployment}/infer`, { method: 'POST', body, signal });
    const { outputs } = (await response.json()) as { outputs?: { data: number[] }[] };
    return outputs?.[0]?.data[0];
  }
}
