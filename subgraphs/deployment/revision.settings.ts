import { PlatformError } from '../../platform/errors';
import { withoutBatchAxis } from '../../platform/tensor/batch-axis';
import type { Signature } from '../../platform/tensor/tensor';
import { requirePadding } from './padding.settings';
import type { PaddingSettings } from './worker.contract';

export interface RevisionSettings {
  memoryBytes: number;
  intraOpThreads: number;
  /** Null: each worker measures at load what pays on its device. */
  maxBatchSize: number | null;
  maxBatchDelayMs: number;
  timeoutMs: number;
  /** Null: dimension 0. */
  batchDimension: string | null;
  padding: PaddingSettings[];
}

type NumericSetting = Exclude<keyof RevisionSettings, 'batchDimension' | 'padding'>;

/** What the settings must fit. */
export interface ArtifactFacts {
  sizeBytes: number;
  signature: Signature;
}

const MEBIBYTE = 1_048_576;

/** The runtime's own needs, and three times the file: its bytes, the session's copy of the weights, and room for activations. */
export function defaultMemoryBytes(artifactSizeBytes: number): number {
  return 256 * MEBIBYTE + 3 * artifactSizeBytes;
}

const RANGES = {
  memoryBytes: [32 * MEBIBYTE, 2 ** 44],
  intraOpThreads: [1, 256],
  maxBatchSize: [1, 1_024],
  maxBatchDelayMs: [0, 10_000],
  timeoutMs: [10, 24 * 3_600_000],
} as const satisfies Record<NumericSetting, readonly [number, number]>;

/**
 * Fills what the wish leaves out and checks it against the artifact.
 * @param inherited of the latest revision, which a new one continues where nothing else is said
 * @throws BAD_USER_INPUT
 */
export function revisionSettings(
  wish: Partial<RevisionSettings>, artifact: ArtifactFacts, inherited: Partial<RevisionSettings> = {},
): RevisionSettings {
  const settings: RevisionSettings = {
    memoryBytes: defaultMemoryBytes(artifact.sizeBytes), intraOpThreads: 1, maxBatchSize: null, maxBatchDelayMs: 2, timeoutMs: 60_000,
    batchDimension: null, padding: [], ...inherited, ...wish,
  };
  for (const [name, [least, most]] of Object.entries(RANGES) as [NumericSetting, readonly [number, number]][]) {
    const value = settings[name];
    if (value === null && name === 'maxBatchSize') continue;
    if (Number.isInteger(value) && value! >= least && value! <= most) continue;
    throw new PlatformError('BAD_USER_INPUT', `${name} must be ${least} to ${most}, got ${value}.`);
  }
  const { maxBatchSize, batchDimension, padding } = settings;
  if ((maxBatchSize !== null && maxBatchSize > 1) || batchDimension !== null || padding.length > 0) refuseUnbatchable(artifact.signature, batchDimension);
  requirePadding(padding, artifact.signature, batchDimension);
  return settings;
}

/** What of the latest revision carries over: memory only where someone chose it, since the default follows the artifact. */
export function inheritableSettings(settings: RevisionSettings, artifactSizeBytes: number): Partial<RevisionSettings> {
  const { memoryBytes, ...others } = settings;
  return memoryBytes === defaultMemoryBytes(artifactSizeBytes) ? others : settings;
}

function refuseUnbatchable(signature: Signature, dimension: string | null): void {
  const unfit = withoutBatchAxis(signature, dimension);
  if (unfit === null) return;
  const message = dimension === null
    ? `maxBatchSize above 1 needs a dynamic dimension 0 on every input and output; "${unfit}" has none.`
    : `batching.dimension: every input and output was expected to have the free dimension "${dimension}" once; "${unfit}" has not.`;
  throw new PlatformError('BAD_USER_INPUT', message);
}
