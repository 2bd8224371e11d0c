import { availableParallelism } from 'node:os';
import path from 'node:path';
import { Registry } from 'prom-client';
import { migrations } from '../migrations';
import { DirectTokens } from '../platform/direct/token';
import { serveMetrics } from '../platform/metrics/metrics-server';
import { openTracing } from '../platform/trace/open-tracing';
import { openFoundation } from '../platform/process/foundation';
import type { ProcessParts } from '../platform/process/run-process';
import { deploymentEntities, PlacementService } from '../subgraphs/deployment';
import { createJobLedger, createTensorBlobs, createWorkRecorder, inferenceEntities } from '../subgraphs/inference';
import { openArtifactStore } from '../subgraphs/model-registry';
import { BatchTuner } from './autotune/batch-tuner';
import { layoutOf } from './batching/batch-layout';
import { DirectServer } from './direct/direct.server';
import { describeWorker } from './machine';
import { MeasuredLedger } from './metrics/measured.ledger';
import { answerMetrics } from './metrics/metrics.channel';
import { MeasuredRunnerLoader } from './metrics/measured.loader';
import { WorkerMetrics } from './metrics/worker.metrics';
import { ModelFolders } from './model-folder';
import { OnnxRunnerLoader } from './runtime/runner.loader';
import { SpareRunners } from './runtime/spare-runners';
import { TracedLedger } from './traced.ledger';
import { DeviceScheduler } from './scheduler/device-scheduler';
import { Worker } from './worker';

/** Wires one worker process and resolves once it is registered. */
export async function startWorker({ environment, log, stack }: ProcessParts): Promise<void> {
  const { name, memoryBytes, concurrency, directHost, directPort, autotuneBudgetMs, scheduling, deviceSlots, maxGenerations, spareRunners, executionProviders } = environment.worker;
  const { dir } = environment.data;
  const entities = [...deploymentEntities, ...inferenceEntities];
  const { database, bus, queue } = await openFoundation({ environment, entities, migrations, log, stack, processName: name });

  const ledger = createJobLedger({ database, bus, queue, log });
  stack.push('job ledger', () => ledger.close());
  const registry = new Registry();
  registry.setDefaultLabels({ worker: name });
  const work = createWorkRecorder({ database, registry, log });
  stack.push('roll-ups', () => work.close());
  answerMetrics(registry);
  await serveMetrics(environment.metrics.listen, { registry, log, stack });
  const measured = new MeasuredLedger(ledger, work.recorder);
  const tracing = openTracing(environment.tracing, 'worker', { log, stack });

  const direct = new DirectServer({ host: directHost, port: directPort, tokens: new DirectTokens(database), log });
  const spares = new SpareRunners({ most: spareRunners, log });
  stack.push('spare runners', () => spares.close());
  const worker = new Worker({
    placement: new PlacementService(database, bus),
    ledger: tracing ? new TracedLedger(measured, tracing) : measured,
    recorder: work.recorder,
    blobs: createTensorBlobs({ database, dataDir: dir, ttlMs: environment.tensor.ttlMs }),
    folders: new ModelFolders(path.join(dir, 'workers', encodeURIComponent(name)), openArtifactStore(environment)),
    loader: new MeasuredRunnerLoader(new OnnxRunnerLoader({ spares, providers: executionProviders, log }), new WorkerMetrics(registry)),
    batching: layoutOf,
    device: new DeviceScheduler({ policy: scheduling, slots: deviceSlots ?? availableParallelism() }),
    tuner: autotuneBudgetMs > 0 ? new BatchTuner({ batching: layoutOf, budgetMs: autotuneBudgetMs }) : null,
    describe: () => describeWorker({ name, memoryBytes, directAddress: direct.address }),
    queue, bus, concurrency, maxGenerations, log,
  });
  await direct.listen(worker);
  // Pushed before the worker and so closed after it: calls that run are answered within the worker's grace.
  stack.push('direct lane', () => direct.close());
  stack.push('worker', () => worker.stop());
  await worker.start();
}
