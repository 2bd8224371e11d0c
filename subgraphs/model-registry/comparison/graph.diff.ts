import type { GraphFacts } from '../version/graph-facts';
import type { FileFacts } from '../version/version-file';
import type { CountChange, FileChange, OperatorSetChange } from './version-comparison';

/** What was there and is there now; those that are equal are left out. */
export function changedCounts(before: readonly { name: string; count: number }[], after: readonly { name: string; count: number }[]): CountChange[] {
  const [then, now] = [before, after].map((counts) => new Map(counts.map(({ name, count }) => [name, count])));
  return changedKeys(then!, now!).map((name) => ({ name, before: then!.get(name) ?? 0, after: now!.get(name) ?? 0 }));
}

export function changedOperatorSets(before: GraphFacts['operatorSets'], after: GraphFacts['operatorSets']): OperatorSetChange[] {
  const [then, now] = [before, after].map((sets) => new Map(sets.map(({ domain, version }) => [domain, version])));
  return changedKeys(then!, now!).map((domain) => ({ domain, before: then!.get(domain) ?? null, after: now!.get(domain) ?? null }));
}

/** By path; one whose bytes lie elsewhere now is gone from there and new here. */
export function changedFiles(before: readonly FileFacts[], after: readonly FileFacts[]): FileChange[] {
  const [then, now] = [before, after].map((files) => new Map(files.map((file) => [file.path, file])));
  const paths = changedKeys(new Map([...then!].map(([path, { digest }]) => [path, digest])), new Map([...now!].map(([path, { digest }]) => [path, digest])));
  return paths.map((path) => {
    const [old, fresh] = [then!.get(path) ?? null, now!.get(path) ?? null];
    return { path, kind: old === null ? 'ADDED' : fresh === null ? 'REMOVED' : 'CHANGED', beforeBytes: old?.sizeBytes ?? null, afterBytes: fresh?.sizeBytes ?? null };
  });
}

/** The keys whose values differ, in order. */
export function changedKeys<Value>(before: ReadonlyMap<string, Value>, after: ReadonlyMap<string, Value>): string[] {
  return [...new Set([...before.keys(), ...after.keys()])].filter((key) => before.get(key) !== after.get(key)).sort((a, b) => (a < b ? -1 : 1));
}
