import type { EventBus } from '../../platform/bus/event-bus';
import type { Database } from '../../platform/database/database';
import { parseFullName } from '../../platform/name';
import { isId } from '../../platform/uuid';
import { findRevisionSpecs, findServingTarget, findServingTargets, hasDirectWorker } from './deployment.directory.store';
import { newestProfiles } from './batch-profile.store';
import type { ServingTarget } from './serving-target';
import type { BatchProfile, RevisionSpec } from './worker.contract';

interface CachedTarget {
  target: Promise<ServingTarget | null>;
  /** Null until the row is read. */
  deploymentId: string | null;
  readAtMs: number;
}

const MAX_AGE_MS = 1_000;
const MAX_ENTRIES = 10_000;

/**
 * The deployments as others look them up: kept in process for at most a second and dropped on the bus's hint, so that a submit costs no
 * statement here. It tells nothing about rights: callers check the namespace.
 */
export class DeploymentDirectory {
  readonly #targets = new Map<string, CachedTarget>();
  readonly #specs = new Map<string, RevisionSpec>();
  #unsubscribe: Promise<() => void> | null = null;
  #worker: { has: Promise<boolean>; readAtMs: number } | null = null;

  constructor(private readonly database: Database, private readonly bus: EventBus) {}

  /** By `namespace/name` or id; null when there is none, or it is deleted. */
  async servingTarget(reference: string): Promise<ServingTarget | null> {
    await this.#listen();
    const cached = this.#targets.get(reference);
    if (cached && Date.now() - cached.readAtMs < MAX_AGE_MS) return cached.target;
    return this.#read(reference);
  }

  /** Of these namespaces, null: of all, ordered by name; the first 10,000. Read anew each time. */
  servingTargets(namespaces: readonly string[] | null): Promise<ServingTarget[]> {
    return findServingTargets(this.database, namespaces);
  }

  /** Whether a live worker takes direct calls; asked by strangers, so it is remembered for a second. @throws UNAVAILABLE */
  hasDirectWorker(): Promise<boolean> {
    if (!this.#worker || Date.now() - this.#worker.readAtMs >= MAX_AGE_MS) this.#worker = { has: hasDirectWorker(this.database), readAtMs: Date.now() };
    return this.#worker.has;
  }

  /** In the order of the ids; unknown ones are left out. Revisions never change, so they are kept. */
  async revisionSpecs(ids: readonly string[]): Promise<RevisionSpec[]> {
    const missing = ids.filter((id) => !this.#specs.has(id) && isId(id));
    const found = missing.length > 0 ? await findRevisionSpecs(this.database, missing) : [];
    if (this.#specs.size + found.length > MAX_ENTRIES) this.#specs.clear();
    const byId = new Map(found.map((spec) => [spec.id, spec]));
    for (const spec of found) this.#specs.set(spec.id, spec);
    return ids.flatMap((id) => byId.get(id) ?? this.#specs.get(id) ?? []);
  }

  /** What a worker measured of the revision last; null where nothing was yet. Read anew each time. */
  async batchProfile(revisionId: string): Promise<BatchProfile | null> {
    return (await newestProfiles(this.database, [revisionId]))[0] ?? null;
  }

  async close(): Promise<void> {
    (await this.#unsubscribe)?.();
    this.#targets.clear();
  }

  #read(reference: string): Promise<ServingTarget | null> {
    const key = isId(reference) ? { id: reference } : parseFullName(reference);
    if (!key) return Promise.resolve(null);
    if (this.#targets.size >= MAX_ENTRIES) this.#targets.clear();
    const entry: CachedTarget = { target: findServingTarget(this.database, key), deploymentId: null, readAtMs: Date.now() };
    this.#targets.set(reference, entry);
    const drop = () => { if (this.#targets.get(reference) === entry) this.#targets.delete(reference); };
    // What is not there may be made the next moment, and no hint about it could name this entry.
    entry.target.then((target) => { if (target) entry.deploymentId = target.deploymentId; else drop(); }, drop);
    return entry.target;
  }

  /** An entry that is still being read may hold the state before the hint: it goes too. */
  readonly #forget = (id: string): void => {
    for (const [reference, { deploymentId }] of this.#targets) {
      if (id === '*' || deploymentId === null || deploymentId === id) this.#targets.delete(reference);
    }
  };

  async #listen(): Promise<void> {
    this.#unsubscribe ??= this.bus.subscribeAll('deployment', this.#forget);
    try {
      await this.#unsubscribe;
    } catch {
      // Without hints the age limit alone keeps entries fresh; the next look-up subscribes again.
      this.#unsubscribe = null;
    }
  }
}
