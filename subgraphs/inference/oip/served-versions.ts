import { PlatformError } from '../../../platform/errors';
import type { ServingTarget } from '../submit/serving-directory';
import type { RevisionSpec } from '../../deployment/worker.contract';

/** What the protocol asks of model versions, implemented by the model registry. */
export interface VersionNames {
  /** Ids that do not exist are left out. */
  byIds(ids: readonly string[]): Promise<{ id: string; number: number }[]>;
  /** Whether the alias, of the version's own model, is on it now. */
  hasAlias(versionId: string, name: string): Promise<boolean>;
}

export type Deployed = ServingTarget & { revision: RevisionSpec };

/** An alias that was moved is followed after this long at the latest. */
const ALIAS_MAX_AGE_MS = 1_000;
const MAX_ENTRIES = 10_000;

/** The versions that deployments serve, by number and alias. */
export class ServedVersions {
  /** Numbers never change. */
  readonly #numbers = new Map<string, number>();
  readonly #aliases = new Map<string, { isOnIt: Promise<boolean>; readAtMs: number }>();

  constructor(private readonly names: VersionNames) {}

  /** The number of the model's version that the deployment serves. */
  async numberOf({ revision: { modelVersionId } }: Deployed): Promise<number> {
    return (await this.numbersOf([modelVersionId])).get(modelVersionId)!;
  }

  async numbersOf(versionIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const missing = versionIds.filter((id) => !this.#numbers.has(id));
    if (missing.length > 0) {
      if (this.#numbers.size + missing.length > MAX_ENTRIES) this.#numbers.clear();
      for (const { id, number } of await this.names.byIds(missing)) this.#numbers.set(id, number);
    }
    return this.#numbers;
  }

  /**
   * Which version a path means: a number, or an alias that is on the version which is served.
   * @throws VERSION_NOT_FOUND, ALIAS_NOT_FOUND when the deployment serves another
   */
  async require(target: Deployed, asked: string | null): Promise<number> {
    const number = await this.numberOf(target);
    if (asked === null || asked === String(number)) return number;
    const served = `"${target.fullName}" serves version ${number}`;
    if (/^\d+$/.test(asked)) throw new PlatformError('VERSION_NOT_FOUND', `${served}; ${asked.slice(0, 40)} was asked for.`);
    if (await this.#hasAlias(target.revision.modelVersionId, asked)) return number;
    throw new PlatformError('ALIAS_NOT_FOUND', `${served}, which the alias "${asked.slice(0, 80)}" is not on.`);
  }

  #hasAlias(versionId: string, name: string): Promise<boolean> {
    if (name.length > 200) return Promise.resolve(false);
    const key = `${versionId} ${name}`;
    const known = this.#aliases.get(key);
    if (known && Date.now() - known.readAtMs < ALIAS_MAX_AGE_MS) return known.isOnIt;
    if (this.#aliases.size >= MAX_ENTRIES) this.#aliases.clear();
    const isOnIt = this.names.hasAlias(versionId, name);
    isOnIt.catch(() => this.#aliases.delete(key));
    this.#aliases.set(key, { isOnIt, readAtMs: Date.now() });
    return isOnIt;
  }
}
