import type { EntityManager } from 'typeorm';
import { PlatformError } from '../../../platform/errors';
import type { TrainingFacts } from './training-facts';

export const PAIRS_MAX = 200;
export const NAME_MAX_LENGTH = 250;
export const VALUE_MAX_LENGTH = 5_000;
export const TEXT_MAX_LENGTH = 1_000;

/** Writes what is given and leaves the rest as it is; null takes back what was told. @throws BAD_USER_INPUT */
export async function writeTrainingFacts(manager: EntityManager, id: string, facts: TrainingFacts): Promise<void> {
  checkPairs('metrics', facts.metrics ?? [], (value) => Number.isFinite(value));
  checkPairs('parameters', facts.parameters ?? [], (value) => value.length <= VALUE_MAX_LENGTH);
  for (const text of [facts.baseModel, facts.dataset, facts.trainingRunUrl]) {
    if (text && text.length > TEXT_MAX_LENGTH) throw new PlatformError('BAD_USER_INPUT', `A text of the lineage has at most ${TEXT_MAX_LENGTH} characters, got ${text.length}.`);
  }
  if (facts.trainingRunUrl && !isPage(facts.trainingRunUrl)) throw new PlatformError('BAD_USER_INPUT', 'trainingRunUrl must be an http or https URL.');
  const changes = columnsOf(facts);
  if (changes.length === 0) return;
  const assignments = changes.map(([column], at) => `${column} = $${at + 2}`).join(', ');
  await manager.query(`update model_version set ${assignments}, updated_at = now() where id = $1`, [id, ...changes.map(([, value]) => value)]);
}

/** A link that people will follow. */
export function isPage(text: string): boolean {
  return URL.canParse(text) && ['http:', 'https:'].includes(new URL(text).protocol);
}

function columnsOf({ metrics, parameters, derivedFrom, baseModel, dataset, trainingRunUrl }: TrainingFacts): [string, unknown][] {
  const columns: [string, unknown][] = [
    ['metrics', metrics === undefined ? undefined : asJson(metrics)], ['parameters', parameters === undefined ? undefined : asJson(parameters)],
    ['derived_from', derivedFrom], ['base_model', baseModel], ['dataset', dataset], ['training_run_url', trainingRunUrl],
  ];
  return columns.filter(([, value]) => value !== undefined);
}

function asJson(pairs: readonly { name: string; value: unknown }[] | null): string {
  const byName = [...pairs ?? []].map(({ name, value }) => ({ name, value })).sort((a, b) => (a.name < b.name ? -1 : 1));
  return JSON.stringify(byName);
}

function checkPairs<Value>(what: string, pairs: readonly { name: string; value: Value }[], isValue: (value: Value) => boolean): void {
  const names = new Set(pairs.map(({ name }) => name));
  const isWrong = pairs.some(({ name, value }) => name.length === 0 || name.length > NAME_MAX_LENGTH || name.includes('\0') || !isValue(value));
  if (!isWrong && names.size === pairs.length && pairs.length <= PAIRS_MAX) return;
  throw new PlatformError('BAD_USER_INPUT', `Expected at most ${PAIRS_MAX} ${what} with different names of 1 to ${NAME_MAX_LENGTH} characters, numbers that are finite and texts of at most ${VALUE_MAX_LENGTH}.`);
}
