import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { requireRole, type RequestScope } from '../../../platform/caller';
import { PlatformError } from '../../../platform/errors';
import type { DirectService } from '../direct/direct.service';

/** Takes deployments out of service and puts them back; implemented by the deployment subgraph, which demands the role DEVELOPER. */
export interface DeploymentPower {
  start(scope: RequestScope, deployment: string): Promise<unknown>;
  stop(scope: RequestScope, deployment: string): Promise<unknown>;
}

const LOAD_TIMEOUT_MS = 60_000;
const LOOK_MS = 100;

const loadRequest = z.strictObject({ parameters: z.strictObject({ unload_dependents: z.boolean().optional() }).optional() });
const indexRequest = z.strictObject({ ready: z.boolean().optional() });

/**
 * The model repository extension, as far as a deployment means it: what is loaded and unloaded is a deployment that exists, with the configuration that
 * its revision has. Files and configurations come by uploads and revisions, not by this door.
 */
export class OipRepository {
  constructor(private readonly parts: { direct: DirectService; power: DeploymentPower }) {}

  /**
   * Starts the deployment and waits until a replica serves.
   * @throws DEPLOYMENT_NOT_FOUND, FORBIDDEN; DEPLOYMENT_NOT_READY when none did within a minute, or nothing comes up; BAD_USER_INPUT for a request that brings files or configuration
   */
  async load(scope: RequestScope, model: string, body: Buffer): Promise<void> {
    parse(loadRequest, body, 'a load without files and configuration');
    const { direct, power } = this.parts;
    const { namespace, fullName, replicas } = await direct.find(scope, model, 'VIEWER');
    requireRole(scope.caller, namespace, 'DEVELOPER');
    if (replicas.length > 0) return;
    await power.start(scope, fullName);
    await this.#untilServed(scope, fullName);
  }

  /** Stops the deployment; calls in hand are finished, its replicas unload. @throws DEPLOYMENT_NOT_FOUND, FORBIDDEN */
  async unload(scope: RequestScope, model: string, body: Buffer): Promise<void> {
    parse(loadRequest, body, 'an unload');
    const { fullName } = await this.parts.direct.find(scope, model, 'VIEWER');
    await this.parts.power.stop(scope, fullName);
  }

  /** What is read may be a moment old: it has failed only once it was seen to be under way. */
  async #untilServed(scope: RequestScope, model: string): Promise<void> {
    const timeout = AbortSignal.timeout(LOAD_TIMEOUT_MS);
    let isUnderWay = false;
    for (;;) {
      const { replicas, status } = await this.parts.direct.find(scope, model, 'VIEWER');
      if (replicas.length > 0) return;
      isUnderWay ||= status === 'PENDING' || status === 'PROGRESSING';
      const hasFailed = isUnderWay && (status === 'FAILED' || status === 'STOPPED');
      if (hasFailed || timeout.aborted || scope.signal?.aborted) {
        throw new PlatformError('DEPLOYMENT_NOT_READY', `Deployment "${model}" is ${status} and no replica of it serves; its reason and events tell more.`, { status });
      }
      await delay(LOOK_MS);
    }
  }
}

/** @throws BAD_USER_INPUT */
export function readIndexRequest(body: Buffer): { isReadyOnly: boolean } {
  return { isReadyOnly: parse(indexRequest, body, '{"ready"?: boolean}').ready ?? false };
}

/** An empty body asks for the defaults. */
function parse<T>(schema: z.ZodType<T>, body: Buffer, expected: string): T {
  let json: unknown = {};
  try {
    if (body.length > 0) json = JSON.parse(body.toString('utf8'));
  } catch (error) {
    throw new PlatformError('BAD_USER_INPUT', 'The request is no JSON.', {}, { cause: error });
  }
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new PlatformError('BAD_USER_INPUT', `Expected ${expected}; ${issue?.path.join('.') || 'the request'}: ${issue?.message}.`);
}
