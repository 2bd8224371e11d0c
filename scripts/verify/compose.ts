import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../../platform/process/free-port';
import { run } from './command';
import { ComposeProject } from './compose-project';
import type { Verified } from './verified';

const READY_MS = 120_000;
/** While one of two is away, the other one does its work. */
const SPARE = new Set(['worker-1', 'worker-2', 'gateway-2']);

/**
 * Builds the image, brings docker-compose.yml up under a name, ports and secrets of its own, and stops each container in turn: the demo
 * passes after each comes back, and while one of a pair is away. Everything is removed afterwards but the image.
 */
export async function verifyCompose(): Promise<Verified> {
  const program = await ComposeProject.find();
  if (program === null) return { skipped: 'Neither a docker that answers nor docker compose (or docker-compose) is on this machine.' };
  const folder = await mkdtemp(path.join(os.tmpdir(), 'modelgraph-compose-'));
  const key = `mg_${randomBytes(24).toString('hex')}`;
  const [port, port2] = [await freePort(), await freePort()];
  const envFile = path.join(folder, 'env');
  await writeFile(envFile, [
    `POSTGRES_PASSWORD=${randomBytes(16).toString('hex')}`, `REDIS_PASSWORD=${randomBytes(16).toString('hex')}`, `BOOTSTRAP_API_KEY=${key}`,
    `GATEWAY_PORT=${port}`, `GATEWAY_2_PORT=${port2}`,
  ].join('\n'), { mode: 0o600 });
  const project = new ComposeProject(program, { name: `modelgraph-verify-${process.pid}`, envFile });
  const gateways = [`http://localhost:${port}`, `http://localhost:${port2}`];
  try {
    await project.build();
    await project.up();
    const demos = await tour(project, { gateways, key });
    return { ok: demos.every(({ ok }) => ok), figures: { containers: (await project.services()).length, demos } };
  } finally {
    await project.down();
    await rm(folder, { recursive: true });
  }
}

interface Demo {
  when: string;
  ok: boolean;
}

async function tour(project: ComposeProject, { gateways, key }: { gateways: readonly string[]; key: string }): Promise<Demo[]> {
  const demos: Demo[] = [];
  const demo = async (when: string) => {
    const { status } = await run(process.execPath, ['dist/examples/ocr/main.js', '--url', gateways[0]!, '--key', key, '--json']);
    demos.push({ when, ok: status === 0 });
    process.stderr.write(`demo ${when}: ${status === 0 ? 'passes' : 'fails'}\n`);
  };
  await untilReady(gateways);
  await demo('at first');
  for (const service of await project.services()) {
    await project.stop(service);
    if (SPARE.has(service)) await demo(`while ${service} is stopped`);
    await project.start(service);
    await untilReady(gateways);
    await demo(`after ${service} was stopped`);
  }
  return demos;
}

/** Both gateways say so, and so every subgraph has its database and its queue. */
async function untilReady(gateways: readonly string[]): Promise<void> {
  const deadline = Date.now() + READY_MS;
  for (const url of gateways) {
    for (;;) {
      const isReady = await fetch(`${url}/readyz`).then(({ ok }) => ok, () => false);
      if (isReady) break;
      if (Date.now() > deadline) throw new Error(`${url} is not ready after ${READY_MS} ms.`);
      await delay(250);
    }
  }
}
