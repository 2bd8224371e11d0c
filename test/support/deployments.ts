import { BOOTSTRAP_ADMIN, type Caller } from '../../platform/caller';
import { silentLog } from '../../platform/log';
import type { Subgraph } from '../../platform/subgraph/subgraph';
import type { Signature } from '../../platform/tensor/tensor';
import { newId } from '../../platform/uuid';
import { createDeploymentSubgraph, deploymentEntities, PlacementService, Reconciler, type RevisionBacklog } from '../../subgraphs/deployment';
import { AuditLog, ensureBootstrap, identityEntities, NamespaceDirectory } from '../../subgraphs/identity';
import { ModelDirectory, modelRegistryEntities, VersionDirectory } from '../../subgraphs/model-registry';
import type { Assignment, ReplicaReport } from '../../subgraphs/deployment/worker.contract';
import { ask, type Answer } from './ask';
import { MemoryBus } from './memory-transport';
import { freshDatabase, type FreshDatabase } from './postgres';

export const MEBIBYTE = 1_048_576;

export interface DeploymentBench {
  fresh: FreshDatabase;
  bus: MemoryBus;
  subgraph: Subgraph;
  placement: PlacementService;
  reconciler: Reconciler;
  /** What the reconciler takes for the time; milliseconds. */
  clock: { nowMs: number };
  busyRevisions: Set<string>;
  ask(text: string, variables?: Record<string, unknown>, caller?: Caller): Promise<Answer>;
  /** Passes of the reconciler and looks of the workers, in turn, until nothing more moves. */
  settle(workers: readonly BenchWorker[]): Promise<void>;
}

/** The deployment subgraph with its loop over a database of its own; nothing runs by itself. */
export async function deploymentBench(): Promise<DeploymentBench> {
  const fresh = await freshDatabase([...identityEntities, ...modelRegistryEntities, ...deploymentEntities]);
  const { database } = fresh;
  await ensureBootstrap({ database, bootstrapApiKey: null, isLoopback: true });
  const bus = new MemoryBus();
  const versions = new VersionDirectory(database, new ModelDirectory(database));
  const subgraph = createDeploymentSubgraph({ database, bus, audit: new AuditLog(), namespaces: new NamespaceDirectory(database), versions });
  const clock = { nowMs: 1_000_000 };
  const busyRevisions = new Set<string>();
  const backlog: RevisionBacklog = { busy: async (ids) => ids.filter((id) => busyRevisions.has(id)) };
  const reconciler = new Reconciler({ database, bus, log: silentLog(), backlog, now: () => clock.nowMs });
  return {
    fresh, bus, subgraph, placement: new PlacementService(database, bus), reconciler, clock, busyRevisions,
    ask: (text, variables, caller = BOOTSTRAP_ADMIN) => ask(subgraph, text, { variables, caller }),
    async settle(workers) {
      for (let isMoving = true; isMoving;) {
        await reconciler.pass();
        const moved = await Promise.all(workers.map((worker) => worker.look()));
        isMoving = moved.some(Boolean);
      }
      await reconciler.pass();
    },
  };
}

/** A model with READY versions 1 to `versions`; answers their ids. */
export async function makeModel({ fresh: { database } }: DeploymentBench, name: string, overrides: { namespace?: string; versions?: number; state?: string; signature?: Signature } = {}): Promise<{ id: string; versionIds: string[] }> {
  const { namespace = 'default', versions = 1, state = 'READY', signature = ROW_BY_ROW } = overrides;
  const id = newId();
  const createdBy = BOOTSTRAP_ADMIN.principalId;
  await database.query({ text: `insert into namespace (id, name, created_by) values ($1, $2, $3) on conflict (name) do nothing`, values: [newId(), namespace, createdBy] });
  await database.query({ text: 'insert into model (id, namespace, name, last_version_number, created_by) values ($1, $2, $3, $4, $5)', values: [id, namespace, name, versions, createdBy] });
  const digest = newId().replaceAll('-', '').repeat(2);
  await database.query({ text: 'insert into artifact_link (namespace, digest, size_bytes) values ($1, $2, $3)', values: [namespace, digest, MEBIBYTE] });
  const versionIds = Array.from({ length: versions }, () => newId());
  for (const [index, versionId] of versionIds.entries()) {
    await database.query({
      text: `insert into model_version (id, model_id, namespace, number, digest, size_bytes, state, signature, created_by) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
      values: [versionId, id, namespace, index + 1, digest, MEBIBYTE, state, JSON.stringify(signature), createdBy],
    });
  }
  return { id, versionIds };
}

const ROW_BY_ROW: Signature = {
  inputs: [{ name: 'x', datatype: 'FP32', shape: [{ size: null, name: 'n' }, { size: 4, name: null }] }],
  outputs: [{ name: 'y', datatype: 'FP32', shape: [{ size: null, name: 'n' }, { size: 2, name: null }] }],
};

/** Sets an alias straight in the registry's table. */
export async function setAlias({ fresh: { database } }: DeploymentBench, modelId: string, name: string, versionId: string): Promise<void> {
  await database.query({ text: 'delete from model_alias where model_id = $1 and name = $2', values: [modelId, name] });
  await database.query({ text: 'insert into model_alias (id, model_id, name, version_id) values ($1, $2, $3, $4)', values: [newId(), modelId, name, versionId] });
}

/** A worker that keeps the contract and loads at once, or fails as it is told to. */
export class BenchWorker {
  readonly held = new Map<string, Assignment>();
  failure: ReplicaReport['reason'] | null = null;

  private constructor(private readonly placement: PlacementService, readonly id: string) {}

  static async join({ placement }: DeploymentBench, name: string, memoryBytes = 4_096 * MEBIBYTE): Promise<BenchWorker> {
    const device = { name: 'cpu', kind: 'cpu' as const, memoryBytes };
    return new BenchWorker(placement, await placement.register({ name, host: 'test', pid: process.pid, devices: [device], memoryBytes, directAddress: null }));
  }

  /** Loads what is new, unloads what is no longer wanted, reports both; false when all is as it was. */
  async look(): Promise<boolean> {
    const wanted = await this.placement.assignments(this.id);
    const fresh = wanted.filter(({ replicaId }) => !this.held.has(replicaId));
    const dropped = [...this.held.keys()].filter((replicaId) => !wanted.some((assignment) => assignment.replicaId === replicaId));
    await this.placement.report(this.id, fresh.map(({ replicaId }) => ({ replicaId, state: 'LOADING' })));
    await this.placement.report(this.id, [...fresh.map(({ replicaId }) => this.#outcome(replicaId)), ...dropped.map((replicaId) => ({ replicaId, state: 'STOPPED' as const }))]);
    for (const assignment of fresh) if (!this.failure) this.held.set(assignment.replicaId, assignment);
    for (const replicaId of dropped) this.held.delete(replicaId);
    return fresh.length + dropped.length > 0;
  }

  #outcome(replicaId: string): ReplicaReport {
    return this.failure ? { replicaId, state: 'FAILED', reason: this.failure } : { replicaId, state: 'READY' };
  }
}
