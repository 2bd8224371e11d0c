import type { SubgraphProgram } from '../../platform/subgraph/program';
import { DeploymentDirectory, deploymentEntities, DeploymentSwitch } from '../deployment';
import { AuditLog, identityEntities } from '../identity';
import { ModelDirectory, modelRegistryEntities, VersionDirectory } from '../model-registry';
import { createInferenceServices, createInferenceSubgraph, inferenceEntities } from '.';

/** Jobs and tensors, with the sweeper; of several such processes one sweeps at a time. */
export const inferenceProgram: SubgraphProgram = {
  name: 'inference',
  entities: [...identityEntities, ...modelRegistryEntities, ...deploymentEntities, ...inferenceEntities],
  start({ database, bus, queue, log, stack, publicUrl, registry, environment: { data, generation, tensor, model, job, metrics } }) {
    const deployments = new DeploymentDirectory(database, bus);
    stack.push('deployment directory', () => deployments.close());
    const audit = new AuditLog();
    const services = createInferenceServices({
      database, bus, queue, log, deployments, audit, registry,
      settings: {
        dataDir: data.dir, publicUrl, retentionDays: job.retentionDays, generationMaxTokens: generation.maxTokens, metricRetentionDays: metrics.retentionDays,
        tensorMaxBytes: tensor.maxBytes, tensorTtlMs: tensor.ttlMs, uploadTtlMs: model.uploadTtlMs,
      },
    });
    stack.push('enqueuer', () => services.close());
    stack.push('job sweeper', () => services.sweeper.stop());
    services.sweeper.start();
    return createInferenceSubgraph(services, {
      versions: new VersionDirectory(database, new ModelDirectory(database)), power: new DeploymentSwitch({ database, bus, audit }),
    });
  },
};
