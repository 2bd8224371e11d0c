import { execFileSync } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { readFile } from 'node:fs/promises';
import { postmasterPid } from '../../bench/support/database-url';
import { startPlatform, type PlatformProcess } from '../../bench/support/platform-process';
import { Attacker } from '../support/attacker';
import { eventually } from '../support/eventually';
import { identityModel } from '../support/onnx';
import { describeWithRedis, startRedis, type TestRedis } from '../support/redis';

const AWAY_MS = 6_000;
const work = { deployment: 'default/echo', items: Array.from({ length: 3 }, () => ({ inputs: [{ name: 'x', datatype: 'FP32', shape: [1], json: [1] }] })) };

interface Readiness { status: string; missing: { part: string }[] }
const readiness = async (platform: PlatformProcess): Promise<[number, Readiness]> => {
  const response = await fetch(`${platform.url}/readyz`);
  return [response.status, (await response.json()) as Readiness];
};

/** Submits every 50 ms until told to stop; every answer is kept. */
class Load {
  readonly answers: ({ id: string } | { code: string })[] = [];
  readonly #pending: Promise<void>[] = [];
  readonly #timer: NodeJS.Timeout;

  constructor(attacker: Attacker) {
    this.#timer = setInterval(() => this.#pending.push(this.#submit(attacker)), 50);
  }

  get accepted(): string[] {
    return this.answers.flatMap((answer) => ('id' in answer ? [answer.id] : []));
  }

  get refusals(): string[] {
    return this.answers.flatMap((answer) => ('code' in answer ? [answer.code] : []));
  }

  async #submit(attacker: Attacker): Promise<void> {
    this.answers.push(await attacker.submit(work).catch((error: unknown) => ({ code: `no answer: ${String(error)}` })));
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#pending);
  }
}

/** Under load, takes something away and gives it back; resolves once all that was accepted has ended well. */
async function withOutage(platform: PlatformProcess, outage: { begin(): void | Promise<void>; end(): void | Promise<void>; meanwhile(): Promise<void> }): Promise<Load> {
  const attacker = new Attacker(platform.url);
  await attacker.deploy('default/echo', identityModel());
  const load = new Load(attacker);
  try {
    await eventually(() => expect(load.accepted.length).toBeGreaterThan(5));
    await outage.begin();
    try {
      await outage.meanwhile();
      await delay(AWAY_MS);
    } finally {
      await outage.end();
    }
    await eventually(async () => expect(await readiness(platform)).toMatchObject([200, { status: 'ready' }]), { timeoutMs: 20_000 });
    const heard = load.accepted.length;
    await eventually(() => expect(load.accepted.length).toBeGreaterThan(heard + 5));
  } finally {
    await load.stop();
  }
  for (const id of load.accepted) expect(await attacker.outcome(id)).toMatchObject({ status: 'SUCCEEDED' });
  return load;
}

/** How often each message was logged. */
async function logged(platform: PlatformProcess): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const line of (await readFile(platform.logFile, 'utf8')).split('\n').filter(Boolean)) {
    const message = line.startsWith('{') ? (JSON.parse(line) as { msg: string }).msg : line;
    counts[message] = (counts[message] ?? 0) + 1;
  }
  return counts;
}

describe('while Postgres hangs', () => {
  let platform: PlatformProcess;
  beforeAll(async () => { platform = await startPlatform(); });
  afterAll(() => platform?.stop());

  it('answers UNAVAILABLE or keeps what it accepts, says so at /readyz, and goes on by itself', async () => {
    let frozen: number[] = [];
    const load = await withOutage(platform, {
      async begin() {
        // The postmaster first: it then makes no further backends.
        const postmaster = await postmasterPid(platform.dataDir);
        process.kill(postmaster, 'SIGSTOP');
        frozen = [postmaster, ...childrenOf(postmaster)];
        for (const pid of frozen) process.kill(pid, 'SIGSTOP');
      },
      end: () => frozen.forEach((pid) => process.kill(pid, 'SIGCONT')),
      async meanwhile() {
        expect(await readiness(platform)).toMatchObject([503, { status: 'not ready', missing: [{ part: 'database' }, { part: 'queue' }] }]);
        expect((await fetch(`${platform.url}/livez`)).status).toBe(200);
      },
    });
    expect(load.refusals.filter((code) => code !== 'UNAVAILABLE')).toEqual([]);
  });
});

describeWithRedis('while Redis is away', () => {
  let redis: TestRedis;
  let platform: PlatformProcess;
  beforeAll(async () => {
    redis = await startRedis();
    platform = await startPlatform({ env: { REDIS_URL: redis.url } });
  });
  afterAll(async () => {
    await platform?.stop();
    await redis?.stop();
  });

  it('accepts work, tells at /readyz what is missing, says it once, and sends the work when Redis is back', async () => {
    const load = await withOutage(platform, {
      begin: () => redis.kill(),
      end: () => redis.start(),
      meanwhile: () => eventually(async () => expect(await readiness(platform)).toMatchObject([200, { status: 'degraded', missing: [{ part: 'queue' }] }])),
    });
    expect(load.refusals).toEqual([]);
    const counts = await logged(platform);
    expect(counts['chunks not enqueued, the sweeper will']).toBe(1);
    expect(Object.keys(counts).filter((message) => message.includes('Warning'))).toEqual([]);
  });
});

function childrenOf(parent: number): number[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n').map((line) => line.trim().split(/\s+/).map(Number));
  return lines.filter(([, ppid]) => ppid === parent).map(([pid]) => pid!);
}
