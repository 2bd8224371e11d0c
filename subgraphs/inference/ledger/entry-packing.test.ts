import { packEntries } from './entry-packing';
import type { QueuedChunk } from './give-back.statement';

function makeChunks(count: number, overrides: Partial<QueuedChunk> = {}): QueuedChunk[] {
  return Array.from({ length: count }, (_, chunk) => ({ jobId: 'job', chunk, lease: 1, revisionId: 'revision', priority: 0, ...overrides }));
}

const chunksOf = (chunks: QueuedChunk[]) => packEntries(chunks).map(({ data }) => data.map(({ chunk }) => chunk));

describe('chunks in queue entries', () => {
  it('share an entry up to 10 ms of predicted compute, in their order', () => {
    expect(chunksOf(makeChunks(5, { predictedMs: 4 }))).toEqual([[0, 1], [2, 3], [4]]);
  });

  it('have entries of their own where nothing is known, or each alone takes long', () => {
    expect(chunksOf(makeChunks(2))).toEqual([[0], [1]]);
    expect(chunksOf(makeChunks(2, { predictedMs: 40 }))).toEqual([[0], [1]]);
  });

  it('are 32 to an entry at most, however short', () => {
    expect(chunksOf(makeChunks(70, { predictedMs: 0.01 })).map(({ length }) => length)).toEqual([32, 32, 6]);
  });

  it('share with equal priority alone', () => {
    const [low, high, lowAgain] = [makeChunks(1, { predictedMs: 1, priority: 9 }), makeChunks(1, { predictedMs: 1, priority: 1 }), makeChunks(1, { predictedMs: 1, priority: 9 })];
    expect(packEntries([...low!, ...high!, ...lowAgain!]).map(({ priority, data }) => [priority, data.length])).toEqual([[9, 2], [1, 1]]);
  });

  it('are named after the lease where they are alone, and have a fresh name where they share', () => {
    expect(packEntries(makeChunks(1))[0]!.id).toBe('job-0-1');
    const [first, again] = [packEntries(makeChunks(2, { predictedMs: 1 })), packEntries(makeChunks(2, { predictedMs: 1 }))];
    expect(first[0]!.id).toMatch(/^entry-[\w-]{36}$/);
    expect(again[0]!.id).not.toBe(first[0]!.id);
  });
});
