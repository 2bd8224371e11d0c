import type { Caller } from '../../../platform/caller';
import type { Database } from '../../../platform/database/database';
import type { GraphFacts } from '../version/graph-facts';
import type { ModelVersion } from '../version/model-version';
import type { Signature } from '../version/signature';
import type { VersionDirectory } from '../version/version-directory';
import type { FileFacts } from '../version/version-file';
import { findFilesBeside } from '../version/version-file.store';
import { changedCounts, changedFiles, changedKeys, changedOperatorSets } from './graph.diff';
import { diffSignatures, type Severity } from './signature.diff';
import type { GraphComparison, SignatureComparison, VersionComparison } from './version-comparison';

/** Tells two versions apart, of one model or of two. */
export class VersionComparer {
  constructor(private readonly database: Database, private readonly versions: VersionDirectory) {}

  /** @throws VERSION_NOT_FOUND also where the caller has no role */
  async compare(caller: Caller, ids: { a: string; b: string }): Promise<VersionComparison> {
    const [first, second] = [await this.versions.require(caller, ids.a), await this.versions.require(caller, ids.b)];
    const beside = await findFilesBeside(this.database, [first.id, second.id]);
    const [before, after] = [first, second].map((version): FileFacts[] => [version, ...beside.get(version.id) ?? []]);
    return {
      first, second,
      signature: first.signature && second.signature && compareSignatures(first.signature, second.signature),
      graph: first.graph && second.graph && compareGraphs(first.graph, second.graph),
      files: changedFiles(before!, after!),
      sizeBytesDelta: bytesOf(after!) - bytesOf(before!),
      metrics: compareMetrics(first, second),
      parameters: compareParameters(first, second),
    };
  }
}

function compareSignatures(before: Signature, after: Signature): SignatureComparison {
  const changes = diffSignatures(before, after);
  const of = (wanted: Severity) => changes.filter(({ severity }) => severity === wanted);
  return { breaking: of('BREAKING'), dangerous: of('DANGEROUS'), safe: of('SAFE') };
}

function compareGraphs(before: GraphFacts, after: GraphFacts): GraphComparison {
  return {
    operatorSets: changedOperatorSets(before.operatorSets, after.operatorSets),
    operators: changedCounts(before.operators, after.operators),
    weightTypes: changedCounts(before.weightTypes, after.weightTypes),
    nodeCountDelta: after.nodeCount - before.nodeCount,
    parameterCountDelta: after.parameterCount - before.parameterCount,
  };
}

function compareMetrics(first: ModelVersion, second: ModelVersion): VersionComparison['metrics'] {
  const [before, after] = [valuesOf(first.metrics), valuesOf(second.metrics)];
  const names = [...new Set([...before.keys(), ...after.keys()])].sort();
  return names.map((name) => ({ name, before: before.get(name) ?? null, after: after.get(name) ?? null }));
}

function compareParameters(first: ModelVersion, second: ModelVersion): VersionComparison['parameters'] {
  const [before, after] = [valuesOf(first.parameters), valuesOf(second.parameters)];
  return changedKeys(before, after).map((name) => ({ name, before: before.get(name) ?? null, after: after.get(name) ?? null }));
}

function valuesOf<Value>(pairs: readonly { name: string; value: Value }[]): Map<string, Value> {
  return new Map(pairs.map(({ name, value }) => [name, value]));
}

function bytesOf(files: readonly FileFacts[]): number {
  return files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}
