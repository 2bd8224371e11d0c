import path from 'node:path';
import { migrations } from '../migrations';
import type { Environment } from '../platform/env';
import { openFoundation } from '../platform/foundation';
import type { Log } from '../platform/log';
import type { ShutdownStack } from '../platform/shutdown';
import { deploymentEntities, PlacementService } from '../subgraphs/deployment';
import { createJobLedger, createTensorBlobs, inferenceEntities } from '../subgraphs/inference';
import { FileArtifactStore } from '../subgraphs/model-registry';
import { describeWorker } from './machine';
import { ModelFolders } from './model-folder';
import { OnnxRunnerLoader, tensorBatching } from './runtime/runner.loader';
import { Worker } from './worker';

interface WorkerSettings {
  environment: Environment;
  log: Log;
  stack: ShutdownStack;
}

/** Wires one worker process and resolves once it is registered. */
export async function startWorker({ environment, log, stack }: WorkerSettings): Promise<void> {
  const { name, memoryBytes, concurrency } = environment.worker;
  const foundation = await openFoundation({ environment, entities: [...deploymentEntities, ...inferenceEntities], migrations, log, stack, processName: name });
  const { database, bus, queue } = foundation;
  const worker = new Worker({
    placement: new PlacementService(database, bus),
    folders: new ModelFolders(path.join(environment.data.dir, 'workers', encodeURIComponent(name)), new FileArtifactStore(path.join(environment.data.dir, 'artifacts'))),
    loader: new OnnxRunnerLoader(),
    batching: tensorBatching,
    describe: () => describeWorker({ name, memoryBytes }),
    queue, bus, concurrency, log,
  });
  stack.push('worker', () => worker.stop());
  await worker.start();
}
