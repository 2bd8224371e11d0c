import DataLoader from 'dataloader';
import type { DeploymentLoad, LoadStore } from './load.store';

/** A prediction needs no newer figures: they are worth what the running estimate of compute is. */
const MAX_AGE_MS = 250;
const MAX_ENTRIES = 10_000;

/** The loads of deployments, a moment old at most, so that predictions cost no statement a submit. */
export class RecentLoads {
  readonly #kept = new Map<string, { load: Promise<DeploymentLoad>; readAtMs: number }>();
  readonly #loader: DataLoader<string, DeploymentLoad>;

  constructor(store: Pick<LoadStore, 'byDeployment'>) {
    this.#loader = new DataLoader((ids) => store.byDeployment(ids), { cache: false });
  }

  of(deploymentId: string): Promise<DeploymentLoad> {
    const kept = this.#kept.get(deploymentId);
    if (kept && Date.now() - kept.readAtMs < MAX_AGE_MS) return kept.load;
    if (this.#kept.size >= MAX_ENTRIES) this.#kept.clear();
    const entry = { load: this.#loader.load(deploymentId), readAtMs: Date.now() };
    this.#kept.set(deploymentId, entry);
    entry.load.catch(() => { if (this.#kept.get(deploymentId) === entry) this.#kept.delete(deploymentId); });
    return entry.load;
  }
}
