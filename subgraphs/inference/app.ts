import type { SubgraphProgram } from '../../platform/subgraph/program';
import { DeploymentDirectory, deploymentEntities } from '../deployment';
import { AuditLog, identityEntities } from '../identity';
import { createInferenceServices, createInferenceSubgraph, inferenceEntities } from '.';

/** Jobs and tensors, with the sweeper; of several such processes one sweeps at a time. */
export const inferenceProgram: SubgraphProgram = {
  name: 'inference',
  entities: [...identityEntities, ...deploymentEntities, ...inferenceEntities],
  start({ database, bus, queue, log, stack, publicUrl, environment: { data, tensor, model, job } }) {
    const deployments = new DeploymentDirectory(database, bus);
    stack.push('deployment directory', () => deployments.close());
    const services = createInferenceServices({
      database, bus, queue, log, deployments, audit: new AuditLog(),
      settings: {
        dataDir: data.dir, publicUrl, retentionDays: job.retentionDays,
        tensorMaxBytes: tensor.maxBytes, tensorTtlMs: tensor.ttlMs, uploadTtlMs: model.uploadTtlMs,
      },
    });
    stack.push('enqueuer', () => services.close());
    stack.push('job sweeper', () => services.sweeper.stop());
    services.sweeper.start();
    return createInferenceSubgraph(services);
  },
};
