import { MLFLOW_PREFIX } from '../../../platform/bytes/byte-prefixes';
import type { Model } from '../model/model';
import type { ModelVersion } from '../version/model-version';
import type { VersionState } from '../version/version.lifecycle';
import { shownName } from './mlflow.name';

export interface MlflowTag {
  key: string;
  value: string;
}

/** What an alias of a model is on. */
export interface AliasOfModel {
  modelId: string;
  name: string;
  number: number;
}

interface Surroundings {
  model: Model;
  aliases: readonly AliasOfModel[];
  /** How clients reach the gateway. */
  publicUrl: string;
}

/** Below the prefix. */
export const ARTIFACTS = '-artifacts/artifacts';

const STATUS: Readonly<Record<VersionState, string>> = { INSPECTING: 'PENDING_REGISTRATION', READY: 'READY', REJECTED: 'FAILED_REGISTRATION', ARCHIVED: 'READY' };

/** A model in the words of MLflow (mlflow/protos/model_registry.proto). */
export function toRegisteredModel({ model, aliases, latest, publicUrl }: Surroundings & { latest: ModelVersion | null }): object {
  return {
    name: nameOf(model), creation_timestamp: model.createdAt.getTime(), last_updated_timestamp: model.updatedAt.getTime(), user_id: model.createdById,
    ...(model.description !== null && { description: model.description }), tags: model.tags.map(toTag),
    latest_versions: latest ? [toModelVersion(latest, { model, aliases, publicUrl })] : [],
    aliases: aliases.map(({ name, number }) => ({ alias: name, version: String(number) })),
  };
}

/** A version in the words of MLflow. It has no stage, as aliases took the place of stages, and no run. */
export function toModelVersion(version: ModelVersion, { model, aliases, publicUrl }: Surroundings): object {
  const { number, createdAt, updatedAt, createdById, description, state, errorMessage, tags } = version;
  return {
    name: nameOf(model), version: String(number), creation_timestamp: createdAt.getTime(), last_updated_timestamp: updatedAt.getTime(), user_id: createdById,
    current_stage: 'None', ...(description !== null && { description }), source: sourceOf(model, number, publicUrl), run_id: '',
    status: STATUS[state], ...(errorMessage !== null && { status_message: errorMessage }), tags, aliases: aliases.filter((alias) => alias.number === number).map(({ name }) => name),
  };
}

/** Where the files of a version are read, with the caller's key: absolute, since MLflow's own scheme would send clients to their tracking server, which may be another. */
export function sourceOf({ fullName }: Model, number: number, publicUrl: string): string {
  return `${publicUrl}${MLFLOW_PREFIX}${ARTIFACTS}/${fullName}/v${number}`;
}

/** The words of a model are its tags: `key:value`, or the key alone. */
export function toTag(word: string): MlflowTag {
  const [, key, value] = /^([^:]*)(?::(.*))?$/s.exec(word)!;
  return { key: key!, value: value ?? '' };
}

export function toWord({ key, value }: MlflowTag): string {
  return value === '' ? key : `${key}:${value}`;
}

function nameOf({ namespaceName, name }: Model): string {
  return shownName({ namespace: namespaceName, name });
}
