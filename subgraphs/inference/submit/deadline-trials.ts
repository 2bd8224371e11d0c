/** What is predicted to take `n` ms is tried every `20·n` ms at most: trials that come to nothing take up to a twentieth of the compute. */
const SPACING = 20;
const MIN_MS = 1_000;
const MAX_DEPLOYMENTS = 10_000;

/** What is known when a job is predicted to be late. */
export interface LateJob {
  deploymentId: string;
  /** Items of the deployment that are not finished, this job's not counted. */
  unfinished: number;
  /** Compute of the job's own items. */
  ownMs: number;
}

/**
 * Lets a job in against its prediction, now and then and only while its deployment has nothing else to run: its pace may be wrong, and work that is refused
 * never corrects it. Each inference process counts for itself.
 */
export class DeadlineTrials {
  readonly #lastAt = new Map<string, number>();

  constructor(private readonly now: () => number = () => performance.now()) {}

  isDue({ deploymentId, unfinished, ownMs }: LateJob): boolean {
    return unfinished === 0 && this.now() - (this.#lastAt.get(deploymentId) ?? -Infinity) >= Math.max(MIN_MS, SPACING * ownMs);
  }

  /** Who hears yes must let the job in. */
  take(job: LateJob): boolean {
    if (!this.isDue(job)) return false;
    if (this.#lastAt.size >= MAX_DEPLOYMENTS) this.#lastAt.clear();
    this.#lastAt.set(job.deploymentId, this.now());
    return true;
  }
}
