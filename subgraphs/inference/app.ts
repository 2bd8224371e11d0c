import { migrations } from '../../migrations';
import { openFoundation } from '../../platform/foundation';
import type { ProcessParts } from '../../platform/run-process';
import { readGatewayPublicKey } from '../../platform/subgraph/gateway-key';
import { IdentityVerifier } from '../../platform/subgraph/identity-token';
import { serveSubgraph } from '../../platform/subgraph/server';
import { DeploymentDirectory, deploymentEntities } from '../deployment';
import { AuditLog, identityEntities } from '../identity';
import { createInferenceServices, createInferenceSubgraph, inferenceEntities } from './index';

/** The gateway's own default: a subgraph that runs alone must be told where clients reach the gateway when it is elsewhere. */
const DEFAULT_PUBLIC_URL = 'http://127.0.0.1:4000';

/** Runs the inference subgraph in a process of its own. */
export async function startInference({ environment, log, stack }: ProcessParts): Promise<{ url: string }> {
  const { data, http, tensor, model, job } = environment;
  const entities = [...identityEntities, ...deploymentEntities, ...inferenceEntities];
  const { database, bus, queue } = await openFoundation({ environment, entities, migrations, log, stack, processName: 'inference' });
  const deployments = new DeploymentDirectory(database, bus);
  stack.push('deployment directory', () => deployments.close());
  const services = createInferenceServices({
    database, bus, queue, log, deployments, audit: new AuditLog(),
    settings: {
      dataDir: data.dir, publicUrl: http.publicUrl ?? DEFAULT_PUBLIC_URL, retentionDays: job.retentionDays,
      tensorMaxBytes: tensor.maxBytes, tensorTtlMs: tensor.ttlMs, uploadTtlMs: model.uploadTtlMs,
    },
  });
  stack.push('enqueuer', () => services.close());
  services.sweeper.start();
  stack.push('sweeper', () => services.sweeper.stop());
  const verifier = new IdentityVerifier('inference', () => readGatewayPublicKey(data.dir));
  const server = await serveSubgraph({ subgraph: createInferenceSubgraph(services), host: http.host, port: http.port, verifier, log });
  stack.push('http', () => server.close());
  return { url: server.url };
}
