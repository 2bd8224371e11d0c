import { PlatformError } from '../../platform/errors';
import type { Dimension, Signature } from '../../platform/tensor/tensor';
import { defaultMemoryBytes, inheritableSettings, revisionSettings } from './revision.settings';

const free: Dimension = { size: null, name: '' };
const makeSignature = (...shapes: Dimension[][]): Signature => ({ inputs: shapes.map((shape, index) => ({ name: `x${index}`, datatype: 'FP32' as const, shape })), outputs: [] });
const artifact = { sizeBytes: 1_000_000, signature: makeSignature([free, { size: 4, name: null }]) };

describe('the settings of a revision', () => {
  it('reserve 256 MiB and three times the file by default', () => {
    expect(revisionSettings({}, artifact)).toEqual({ memoryBytes: 268_435_456 + 3_000_000, intraOpThreads: 1, maxBatchSize: null, maxBatchDelayMs: 2, timeoutMs: 60_000, batchDimension: null, padding: [] });
  });

  it('batch only models whose every input and output has a dynamic dimension 0', () => {
    expect(revisionSettings({ maxBatchSize: 8 }, artifact).maxBatchSize).toBe(8);
    for (const shape of [[], [{ size: 1, name: null }]]) {
      expect(() => revisionSettings({ maxBatchSize: 8 }, { ...artifact, signature: makeSignature([free], shape) })).toThrow(PlatformError);
    }
  });

  it('leave the batch size to what is measured, again where the latest revision has a number', () => {
    const inherited = inheritableSettings(revisionSettings({ maxBatchSize: 8 }, artifact), artifact.sizeBytes);
    expect(revisionSettings({}, artifact, inherited).maxBatchSize).toBe(8);
    expect(revisionSettings({ maxBatchSize: null }, artifact, inherited).maxBatchSize).toBeNull();
  });

  it.each([['memoryBytes', 1], ['memoryBytes', 1.5e9 + 0.5], ['intraOpThreads', 0], ['maxBatchSize', 1_025], ['maxBatchDelayMs', -1], ['timeoutMs', 9]])('refuse %s %d', (name, value) => {
    expect(() => revisionSettings({ [name]: value }, artifact)).toThrow(new RegExp(`^${name} must be`));
  });

  it('carry over to the next revision, memory only where someone chose it', () => {
    const byDefault = revisionSettings({ timeoutMs: 5_000 }, artifact);
    const next = { ...artifact, sizeBytes: 2_000_000 };
    expect(revisionSettings({}, next, inheritableSettings(byDefault, artifact.sizeBytes))).toMatchObject({ timeoutMs: 5_000, memoryBytes: defaultMemoryBytes(2_000_000) });
    const chosen = revisionSettings({ memoryBytes: 1_000_000_000 }, artifact);
    expect(revisionSettings({}, next, inheritableSettings(chosen, artifact.sizeBytes)).memoryBytes).toBe(1_000_000_000);
  });
});
