import { ReplicaChoice } from './replica-choice';

const replicas = Array.from({ length: 5 }, (_, index) => ({ id: `r${index}` }));
const never = new Promise<never>(() => undefined);

describe('the choice of a replica', () => {
  it('draws two different ones, and takes the one with fewer calls in flight', () => {
    for (let busy = 0; busy < replicas.length; busy += 1) {
      const choice = new ReplicaChoice();
      void choice.during(replicas[busy]!.id, () => never);
      const picked = new Set(Array.from({ length: 500 }, () => choice.pick(replicas)!.id));
      expect(picked.has(replicas[busy]!.id)).toBe(false);
      expect(picked.size).toBe(replicas.length - 1);
    }
  });

  it('keeps many calls nearly even, where drawing one would not', () => {
    const choice = new ReplicaChoice();
    for (let call = 0; call < 1_000; call += 1) void choice.during(choice.pick(replicas)!.id, () => never);
    const load = replicas.map(({ id }) => choice.inFlight(id));
    // The theory says log log n + O(1) above the mean; a single draw has a standard deviation of 12.6.
    expect(Math.max(...load) - Math.min(...load)).toBeLessThan(10);
  });

  it('forgets a call that ended, whichever way', async () => {
    const choice = new ReplicaChoice();
    await choice.during('r0', async () => undefined);
    await expect(choice.during('r0', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(choice.inFlight('r0')).toBe(0);
  });

  it('is the only one, or none', () => {
    expect(new ReplicaChoice().pick([replicas[0]!])).toBe(replicas[0]);
    expect(new ReplicaChoice().pick([])).toBeUndefined();
  });
});
