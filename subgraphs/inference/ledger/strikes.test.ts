import { STRIKES_ALLOWED, strikesOf } from './strikes';

describe('the strikes of a chunk', () => {
  it('are used up by three crashes, or by ten lost workers, in whole numbers', () => {
    expect([strikesOf('RUNNER_CRASHED') * 3, strikesOf('WORKER_LOST') * 10]).toEqual([STRIKES_ALLOWED, STRIKES_ALLOWED]);
    expect([strikesOf('RUNNER_CRASHED'), strikesOf('WORKER_LOST'), strikesOf('REPLICA_FAILED')].every(Number.isInteger)).toBe(true);
  });
});
