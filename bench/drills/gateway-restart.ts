import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { Api, Refused } from '../support/api';
import { deployModel } from '../support/deploy';
import { JobFollower } from '../support/job-follower';
import { slowItem, slowModel } from '../support/models';
import { startParted, type PartedPlatform } from '../support/parted-platform';
import { recount } from '../support/recount';
import { round } from '../support/report';
import type { DrillResult } from './drill.result';

const SUBSCRIBERS = 48;
const MIN_ACCEPTED = 2_000;
const MIN_FAULTS = 5;
const EVERY_MS = 5_000;
const MAX_SECONDS = 600;
const SETTLE_MS = 120_000;
const RETRY_MS = 100;
const SUBMIT = 'mutation ($input: SubmitInferenceInput!) { submitInference(input: $input) { job { id } } }';
const PERMANENT = new Set(['BAD_USER_INPUT', 'GRAPHQL_VALIDATION_FAILED', 'IDEMPOTENCY_CONFLICT', 'UNAUTHENTICATED', 'FORBIDDEN']);

interface Drill {
  platform: PartedPlatform;
  deployment: string;
  apis: Api[];
  followers: JobFollower[];
  /** What each job's subscriber saw, by id; null while it has not seen the end. */
  seen: Map<string, { seen: number[]; last: string } | null>;
  stopping: AbortController;
  givenUp: AbortController;
}

/** Two gateways before subgraphs of their own processes, each SIGKILLed in turn while subscribers read from it. */
export async function gatewayRestart(): Promise<DrillResult> {
  const platform = await startParted({ gateways: 2, workers: 1 });
  const urls = platform.gateways.map(({ url }) => url);
  const apis = urls.map((url) => new Api(url));
  const followers = Array.from({ length: SUBSCRIBERS }, (_, index) => new JobFollower(urls, index));
  try {
    const deployment = await deployModel(apis[0]!, { name: 'drill', onnx: slowModel() });
    const drill = { platform, deployment, apis, followers, seen: new Map(), stopping: new AbortController(), givenUp: new AbortController() };
    const load = Promise.all(followers.map((follower, index) => work(drill, follower, index)));
    // Heard of below; until then it must not end the process with the platform still running.
    load.catch(() => undefined);
    const struck = await strike(drill);
    drill.stopping.abort();
    const late = setTimeout(() => drill.givenUp.abort(), SETTLE_MS);
    await load.finally(() => clearTimeout(late));
    return await judge(drill, struck);
  } finally {
    await Promise.all([...followers.map((follower) => follower.close()), ...apis.map((api) => api.close())]);
    await platform.stop();
  }
}

/** Submits a job and follows it to its end, over and over. */
async function work(drill: Drill, follower: JobFollower, first: number): Promise<void> {
  while (!drill.stopping.signal.aborted) {
    const id = await submit(drill, first);
    if (id === null) return;
    drill.seen.set(id, null);
    drill.seen.set(id, await follower.follow(id, drill.givenUp.signal));
  }
}

/** At the one gateway or the other, until one answers. */
async function submit({ apis, deployment, givenUp }: Drill, first: number): Promise<string | null> {
  const input = { deployment, items: [slowItem()], idempotencyKey: randomUUID() };
  for (let attempt = first; !givenUp.signal.aborted; attempt++) {
    try {
      return (await apis[attempt % apis.length]!.request<{ submitInference: { job: { id: string } } }>(SUBMIT, { input })).submitInference.job.id;
    } catch (error) {
      if (error instanceof Refused && PERMANENT.has(error.code)) throw error;
      await delay(RETRY_MS);
    }
  }
  return null;
}

interface Struck {
  strikes: number;
  /** Strikes that cut off someone who was reading. */
  faults: number;
  seconds: number;
}

async function strike({ platform, followers, seen }: Drill): Promise<Struck> {
  const startedAt = performance.now();
  const struck: Struck = { strikes: 0, faults: 0, seconds: 0 };
  while (struck.seconds < MAX_SECONDS && (struck.faults < MIN_FAULTS || seen.size < MIN_ACCEPTED)) {
    await delay(EVERY_MS);
    const index = struck.strikes++ % platform.gateways.length;
    if (followers.some(({ isReading, place }) => isReading && place === index)) struck.faults += 1;
    await platform.gateways[index]!.kill();
    await platform.gateways[index]!.start();
    struck.seconds = (performance.now() - startedAt) / 1_000;
  }
  return struck;
}

/** A job's events are numbered from 1: its subscriber must have seen each number that the job has, once, in order. */
async function judge({ platform, followers, seen }: Drill, struck: Struck): Promise<DrillResult> {
  const told = new Map([...seen].map(([id, followed]) => [id, followed?.last ?? null] as const));
  const { accepted, finished, lost, duplicated, byStatus } = await recount(platform.databaseUrl, told);
  const lengths = await lengthsOf(platform.databaseUrl);
  let [gaps, twice] = [0, 0];
  for (const [id, followed] of seen) {
    const numbers = followed?.seen ?? [];
    const distinct = new Set(numbers).size;
    twice += numbers.length - distinct;
    if (distinct !== lengths.get(id) || numbers.some((seq, index) => seq !== index + 1)) gaps += 1;
  }
  const resumed = followers.reduce((sum, follower) => sum + follower.resumed, 0);
  const isEnough = accepted >= MIN_ACCEPTED && struck.faults >= MIN_FAULTS && resumed > 0;
  return {
    drill: 'gateway-restart', ok: isEnough && lost + duplicated + gaps + twice === 0 && byStatus['SUCCEEDED'] === accepted,
    figures: { accepted, finished, lost, duplicated, byStatus, gaps, twice, resumed, ...struck, seconds: round(struck.seconds, 0) },
  };
}

async function lengthsOf(databaseUrl: string): Promise<Map<string, number>> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ id: string; events: number }>('select job_id as id, count(*)::int as events from job_event group by job_id');
    return new Map(rows.map(({ id, events }) => [id, events]));
  } finally {
    await client.end();
  }
}
