import fc from 'fast-check';
import { canMove, isFinal } from '../../platform/lifecycle';
import { DeploymentStatus, deploymentLifecycle, isRunning } from './deployment.lifecycle';
import { deploymentStatus, type RevisionHealth, type StatusFacts } from './deployment.status';
import type { Reason } from './status-reason';

const broken: Reason = { code: 'MODEL_LOAD_FAILED', message: 'No kernel.' };
const full: Reason = { code: 'NO_CAPACITY', message: 'No room.' };
const makeHealth = (overrides: Partial<RevisionHealth> = {}): RevisionHealth => ({ ready: 0, coming: 0, failure: null, setback: null, shortage: null, ...overrides });
const makeFacts = (overrides: Partial<StatusFacts> = {}): StatusFacts => ({ current: 'PENDING', desiredReplicas: 2, live: null, next: null, ...overrides });

const statuses = fc.constantFrom(...Object.values(DeploymentStatus));
const reasons = fc.option(fc.constantFrom(broken, full));
const healths = fc.record({ ready: fc.nat(3), coming: fc.nat(3), failure: reasons, setback: reasons, shortage: reasons });
const facts = fc.record({ current: statuses, desiredReplicas: fc.integer({ min: 1, max: 3 }), live: fc.option(healths), next: fc.option(healths) });

describe('the status of a deployment', () => {
  it.each<[string, Partial<StatusFacts>, DeploymentStatus, Reason | null]>([
    ['waits for a place', { next: makeHealth({ shortage: full }) }, 'PENDING', full],
    ['loads for the first time', { next: makeHealth({ coming: 2 }) }, 'PROGRESSING', null],
    ['tries again', { next: makeHealth({ setback: broken }) }, 'PROGRESSING', broken],
    ['failed again and again', { next: makeHealth({ failure: broken }) }, 'FAILED', broken],
    ['serves as wished', { live: makeHealth({ ready: 2 }) }, 'READY', null],
    ['serves while more replicas load', { live: makeHealth({ ready: 1, coming: 1 }) }, 'PROGRESSING', null],
    ['serves with too few, for lack of room', { live: makeHealth({ ready: 1, shortage: full }) }, 'DEGRADED', full],
    ['serves while a new release loads', { live: makeHealth({ ready: 2 }), next: makeHealth({ coming: 2 }) }, 'PROGRESSING', null],
    ['serves while a new release fails', { live: makeHealth({ ready: 2 }), next: makeHealth({ failure: broken }) }, 'DEGRADED', broken],
    ['lost all and loads again', { live: makeHealth({ coming: 2 }) }, 'PROGRESSING', null],
    ['is broken while a new release loads', { live: makeHealth({ failure: broken }), next: makeHealth({ coming: 1 }) }, 'PROGRESSING', null],
    ['loads the live release while the new one is broken', { live: makeHealth({ coming: 2 }), next: makeHealth({ failure: broken }) }, 'PROGRESSING', null],
    ['was stopped', { current: 'STOPPED', live: makeHealth({ ready: 2 }) }, 'STOPPED', null],
  ])('when it %s', (_what, overrides, status, reason) => {
    expect(deploymentStatus(makeFacts(overrides))).toEqual({ status, reason });
  });

  it('is always one the lifecycle lets it move to', () => {
    fc.assert(fc.property(facts, (input) => {
      const { status } = deploymentStatus(input);
      return status === input.current || canMove(deploymentLifecycle, input.current, status);
    }));
  });

  it('never changes the wish: what is stopped or deleted stays so, what runs is neither', () => {
    fc.assert(fc.property(facts, (input) => {
      const { status } = deploymentStatus(input);
      return isRunning(input.current) ? isRunning(status) : status === input.current;
    }));
  });

  it('is READY if and only if all that is wanted serves and nothing waits, and says why it is DEGRADED or FAILED', () => {
    fc.assert(fc.property(facts.filter(({ current }) => isRunning(current)), (input) => {
      const { status, reason } = deploymentStatus(input);
      const isComplete = input.live !== null && input.live.ready >= input.desiredReplicas && input.next === null;
      expect(status === 'READY').toBe(isComplete);
      if (status === 'DEGRADED' || status === 'FAILED') expect(reason).not.toBeNull();
      if (status === 'FAILED' || status === 'PENDING') expect(input.live?.ready ?? 0).toBe(0);
    }));
  });

  it('leaves DELETED never', () => {
    expect(Object.values(DeploymentStatus).filter((status) => isFinal(deploymentLifecycle, status))).toEqual(['DELETED']);
  });
});
