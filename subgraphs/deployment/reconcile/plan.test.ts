import fc from 'fast-check';
import { isRunning } from '../deployment.lifecycle';
import { HOLDING_STATES, type ReplicaState } from '../replica.lifecycle';
import { planReconciliation, type DeploymentPlan } from './plan';
import type { DeploymentFacts, ReplicaFacts, RevisionFacts, Snapshot } from './snapshot';

const at = new Date('2026-01-01T00:00:00Z');
const WORKERS = ['w1', 'w2', 'w3'];

const workers = fc.tuple(...WORKERS.map((id) => fc.record({ id: fc.constant(id), isActive: fc.boolean(), memoryBytes: fc.integer({ min: 1, max: 12 }), device: fc.constant('cpu') })));

const makeRevision = (deployment: string, number: number, memoryBytes: number): RevisionFacts => ({ id: `${deployment}-r${number}`, number, memoryBytes });

const deployments = fc.tuple(...['d1', 'd2'].map((id) => fc.record({
  status: fc.constantFrom('PENDING', 'PROGRESSING', 'READY', 'DEGRADED', 'FAILED', 'STOPPED', 'DELETED'), desiredReplicas: fc.integer({ min: 1, max: 4 }),
  hasLive: fc.boolean(), hasNext: fc.boolean(), isDraining: fc.boolean(), sizes: fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 })),
}).map(({ status, desiredReplicas, hasLive, hasNext, isDraining, sizes }): DeploymentFacts => {
  const [first, second, third] = sizes.map((size, index) => makeRevision(id, index + 1, size));
  return {
    id, version: 1, status: status as DeploymentFacts['status'], reason: null, desiredReplicas, retryFrom: new Date(0),
    live: hasLive ? { id: `${id}-l1`, number: 1, revision: first! } : null,
    next: hasNext ? { id: `${id}-l2`, number: 2, revision: second! } : null,
    draining: isDraining ? [third!] : [],
  };
})));

const states = fc.constantFrom<ReplicaState>('ASSIGNED', 'LOADING', 'READY', 'STOPPING', 'FAILED');
const replicas = fc.array(fc.record({ deploymentId: fc.constantFrom('d1', 'd2'), revision: fc.integer({ min: 1, max: 3 }), workerId: fc.constantFrom(...WORKERS), state: states, ageMs: fc.nat(60_000) }), { maxLength: 16, size: 'max' })
  .map((rows) => rows.map(({ deploymentId, revision, workerId, state, ageMs }, index): ReplicaFacts => ({
    id: `p${index}`, deploymentId, revisionId: `${deploymentId}-r${revision}`, workerId, state, memoryBytes: 1,
    reason: state === 'FAILED' ? { code: 'REPLICA_FAILED', message: 'x' } : null, createdAt: new Date(at.getTime() - ageMs), updatedAt: new Date(at.getTime() - ageMs),
  })));

const snapshots = fc.record({ at: fc.constant(at), workers, deployments, replicas });

/** The world after the plan is applied and every worker has done as it was told. */
function obeyed(snapshot: Snapshot, plans: DeploymentPlan[]): Snapshot {
  const stopped = new Set(plans.flatMap(({ stop }) => stop.map(({ id }) => id)));
  const survivors = snapshot.replicas.filter(({ id, state }) => !stopped.has(id) && state !== 'STOPPING').map((replica) => (replica.state === 'FAILED' ? replica : { ...replica, state: 'READY' as const }));
  const added = plans.flatMap(({ deployment, assign }) => assign.map(({ revision, workerId }, index): ReplicaFacts => ({
    id: `n${deployment.id}${revision.id}${index}-${snapshot.replicas.length}`, deploymentId: deployment.id, revisionId: revision.id, workerId, state: 'READY', reason: null,
    memoryBytes: revision.memoryBytes, createdAt: at, updatedAt: at,
  })));
  const planOf = new Map(plans.map((plan) => [plan.deployment.id, plan]));
  return {
    ...snapshot, replicas: [...survivors, ...added],
    deployments: snapshot.deployments.map((deployment) => {
      const plan = planOf.get(deployment.id);
      if (!plan) return deployment;
      const { status, reason } = plan.verdict;
      return { ...deployment, status, reason, live: plan.goesLive ?? deployment.live, next: plan.goesLive ? null : deployment.next };
    }),
  };
}

/** Enough for the rare scenes, such as more replicas than wanted of which one is ready. */
const thorough = { numRuns: 1_000 };

describe('a plan', () => {
  it('never reserves more memory than a worker has, beyond what it holds already', () => {
    fc.assert(fc.property(snapshots, (snapshot) => {
      const plans = planReconciliation(snapshot);
      for (const worker of snapshot.workers) {
        const held = snapshot.replicas.filter(({ workerId, state }) => workerId === worker.id && HOLDING_STATES.includes(state)).reduce((sum, { memoryBytes }) => sum + memoryBytes, 0);
        const added = plans.flatMap(({ assign }) => assign).filter(({ workerId }) => workerId === worker.id);
        const sum = added.reduce((total, { revision }) => total + revision.memoryBytes, 0);
        if (added.length > 0) expect(held + sum).toBeLessThanOrEqual(worker.memoryBytes);
        if (!worker.isActive) expect(added).toEqual([]);
      }
    }), thorough);
  });

  it('never stops the last replica that serves the live revision of a running deployment, unless another revision takes over in the same step', () => {
    fc.assert(fc.property(snapshots, (snapshot) => {
      for (const { deployment, stop, goesLive } of planReconciliation(snapshot)) {
        if (!isRunning(deployment.status)) continue;
        const serving = (goesLive ?? deployment.live)?.revision.id;
        const ready = snapshot.replicas.filter(({ deploymentId, revisionId, state }) => deploymentId === deployment.id && revisionId === serving && state === 'READY');
        if (ready.length > 0) expect(ready.some(({ id }) => !stop.some((replica) => replica.id === id))).toBe(true);
      }
    }), thorough);
  });

  it('moves the traffic only to a revision that is ready', () => {
    fc.assert(fc.property(snapshots, (snapshot) => {
      for (const { deployment, goesLive } of planReconciliation(snapshot)) {
        if (goesLive) expect(snapshot.replicas.some(({ deploymentId, revisionId, state }) => deploymentId === deployment.id && revisionId === goesLive.revision.id && state === 'READY')).toBe(true);
      }
    }), thorough);
  });

  it('places nothing for a deployment that is stopped, and stops all it holds', () => {
    fc.assert(fc.property(snapshots, (snapshot) => {
      const plans = new Map(planReconciliation(snapshot).map((plan) => [plan.deployment.id, plan]));
      for (const { id } of snapshot.deployments.filter(({ status }) => !isRunning(status))) {
        const held = snapshot.replicas.filter(({ deploymentId, state }) => deploymentId === id && ['ASSIGNED', 'LOADING', 'READY'].includes(state));
        expect(plans.get(id)?.assign ?? []).toEqual([]);
        expect((plans.get(id)?.stop ?? []).map((replica) => replica.id).sort()).toEqual(held.map((replica) => replica.id).sort());
      }
    }), thorough);
  });

  it('settles: once workers obey, a few passes later there is nothing left to do', () => {
    fc.assert(fc.property(snapshots, (first) => {
      let snapshot: Snapshot = first;
      for (let pass = 0; pass < 8; pass += 1) snapshot = obeyed(snapshot, planReconciliation(snapshot));
      expect(planReconciliation(snapshot)).toEqual([]);
    }), thorough);
  });
});
