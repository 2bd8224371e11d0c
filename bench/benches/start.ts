import { readFile, rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { startPlatform, temporaryDir } from '../support/platform-process';
import { processTree } from '../support/process-tree';
import { percentile, round } from '../support/report';
import { versions } from './versions';

const STARTS = 5;
const SETTLE_MS = 10_000;

/** How long a start takes, and what the idle platform weighs: the proportional set size of all its processes (Linux's smaps_rollup). */
export async function startBench(): Promise<object> {
  const dataDir = await temporaryDir('modelgraph-start-');
  const readyMs: number[] = [];
  let memory: MemoryFigures | null = null;
  try {
    for (let run = 0; run <= STARTS; run++) {
      const platform = await startPlatform({ dataDir });
      readyMs.push(platform.readyMs);
      if (run === STARTS) {
        await delay(SETTLE_MS);
        memory = await memoryOf(platform.pid);
      }
      await platform.stop();
    }
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
  const [coldMs, ...warmMs] = readyMs;
  return { bench: 'start', ratios: {}, figures: { coldReadyMs: round(coldMs!, 0), warmReadyMs: round(percentile(warmMs, 0.5), 0), ...memory }, versions: versions() };
}

interface MemoryFigures {
  idlePssMiB: number;
  processes: number;
}

async function memoryOf(pid: number): Promise<MemoryFigures> {
  const pids = processTree(pid).map((row) => row.pid);
  const kib = await Promise.all(pids.map(async (id) => Number(/^Pss:\s+(\d+)/m.exec(await readFile(`/proc/${id}/smaps_rollup`, 'utf8').catch(() => ''))?.[1] ?? 0)));
  return { idlePssMiB: round(kib.reduce((sum, one) => sum + one, 0) / 1024, 0), processes: pids.length };
}
