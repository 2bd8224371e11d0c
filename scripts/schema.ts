import 'reflect-metadata';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { startSubgraphs } from '../app';
import { readEnvironment } from '../platform/env';
import { silentLog } from '../platform/log';
import { ShutdownStack } from '../platform/process/shutdown';

/** Writes each subgraph's SDL beside it; tests hold the snapshots against the code. */
async function main(): Promise<void> {
  const dataDir = await mkdtemp(path.join(os.tmpdir(), 'modelgraph-schema-'));
  const log = silentLog();
  const stack = new ShutdownStack(log);
  try {
    const environment = readEnvironment({ DATA_DIR: dataDir, WORKERS: '0', PORT: '0' });
    const { subgraphs } = await startSubgraphs({ environment, log, stack });
    for (const { name, sdl } of subgraphs) await writeFile(path.join('subgraphs', name, 'schema.graphql'), sdl);
  } finally {
    await stack.close();
    await rm(dataDir, { recursive: true, force: true });
  }
}

void main();
