import { parse } from 'yaml';
import { isPage, NAME_MAX_LENGTH, PAIRS_MAX, TEXT_MAX_LENGTH, VALUE_MAX_LENGTH } from './training-facts.store';
import type { Metric } from './training-facts';
import type { VersionStory } from './version.teller';

export const CARD_PATH = 'README.md';
export const CARD_MAX_BYTES = 1024 * 1024;
const FRONT_MATTER = /^\uFEFF?---[ \t]*\r?\n([\s\S]{0,100000}?)\r?\n---[ \t]*(?:\r?\n|$)/;
const TAGS_MAX = 100;

type Fields = Record<string, unknown>;

/**
 * What a model card tells in its front matter, in the words of the Hugging Face Hub (tags, datasets, base_model, model-index) and in ours (metrics
 * and parameters as maps, training_run). A card is written for people: what cannot be read is left out, and refuses nothing.
 */
export function readCard(text: string): VersionStory {
  const fields = readFields(FRONT_MATTER.exec(text)?.[1]);
  if (!fields) return {};
  const tags = textsOf(fields['tags']).filter((key) => key.length <= NAME_MAX_LENGTH).slice(0, TAGS_MAX);
  const run = textOf(fields['training_run']);
  const story: VersionStory = {
    tags: tags.map((key) => ({ key, value: '' })),
    metrics: uniquely([...metricsOf(fields['metrics']), ...indexOf(fields['model-index'])]),
    parameters: uniquely(pairsOf(fields['parameters']).flatMap(([name, value]) => {
      const shown = typeof value === 'object' ? JSON.stringify(value) : String(value);
      return shown.length <= VALUE_MAX_LENGTH && !shown.includes('\0') ? [{ name, value: shown }] : [];
    })),
    dataset: joined(fields['datasets'] ?? fields['dataset']), baseModel: joined(fields['base_model']), trainingRunUrl: run && isPage(run) ? run : null,
  };
  return Object.fromEntries(Object.entries(story).filter(([, value]) => (Array.isArray(value) ? value.length > 0 : value !== null)));
}

function readFields(yaml: string | undefined): Fields | null {
  if (yaml === undefined) return null;
  try {
    // Aliases can make gigabytes of a few lines; no card needs one.
    return fieldsOf(parse(yaml, { maxAliasCount: 0, logLevel: 'silent', schema: 'core' }));
  } catch {
    return null;
  }
}

/** `model-index: [{ results: [{ dataset: { name }, metrics: [{ type, value }] }] }]` */
function indexOf(index: unknown): Metric[] {
  const results = listOf(index).flatMap((entry) => listOf(fieldsOf(entry)?.['results'])).map(fieldsOf);
  return results.flatMap((result) => listOf(result?.['metrics']).map(fieldsOf).flatMap((metric) => {
    const [type, value] = [textOf(metric?.['type']), metric?.['value']];
    const dataset = textOf(fieldsOf(result?.['dataset'])?.['name']);
    if (!type || typeof value !== 'number' || !Number.isFinite(value)) return [];
    return [{ name: results.length > 1 && dataset ? `${dataset}/${type}` : type, value }];
  }));
}

function metricsOf(metrics: unknown): Metric[] {
  return pairsOf(metrics).flatMap(([name, value]) => (typeof value === 'number' && Number.isFinite(value) ? [{ name, value }] : []));
}

function pairsOf(value: unknown): [string, unknown][] {
  return Object.entries(fieldsOf(value) ?? {}).filter(([, entry]) => entry !== null && entry !== undefined);
}

function uniquely<Pair extends { name: string }>(pairs: readonly Pair[]): Pair[] {
  const named = pairs.filter(({ name }) => name.length > 0 && name.length <= NAME_MAX_LENGTH && !name.includes('\0'));
  return [...new Map(named.map((pair) => [pair.name, pair])).values()].slice(0, PAIRS_MAX);
}

function joined(value: unknown): string | null {
  const text = textsOf(value).join(', ');
  return text === '' || text.length > TEXT_MAX_LENGTH ? null : text;
}

function textsOf(value: unknown): string[] {
  return (Array.isArray(value) ? value : [value]).map(textOf).filter((text) => text !== null);
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value.trim() !== '' && !value.includes('\0') ? value.trim() : null;
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function fieldsOf(value: unknown): Fields | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value as Fields : null;
}
