import { PlatformError } from '../../platform/errors';
import type { RunRequest, RunResult } from '../runner.port';

/** The runner as the tuner needs it. */
export interface TunedRunner {
  run(requests: RunRequest[]): Promise<RunResult[]>;
  /** Ends the run in hand; another runner follows. */
  kill(): void;
}

/** The runner did not answer within the budget, or died: no more is measured on it. */
export class MeasuringEnded extends Error {}

/** Runs until the time is over; a run that does not end by then is ended. */
export class MeasuredRunner {
  readonly #endAt: number;

  constructor(private readonly runner: TunedRunner, budgetMs: number) {
    this.#endAt = performance.now() + budgetMs;
  }

  get remainingMs(): number {
    return this.#endAt - performance.now();
  }

  /** @throws INFERENCE_FAILED when the model refuses the first request; MeasuringEnded */
  async run(requests: RunRequest[]): Promise<RunResult[]> {
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      this.runner.kill();
    }, Math.max(0, this.remainingMs));
    try {
      return await this.runner.run(requests);
    } catch (error) {
      if (error instanceof PlatformError && error.code === 'INFERENCE_FAILED') throw error;
      const why = isLate ? 'was not done in the time there is for measuring' : 'ended its runner';
      throw new MeasuringEnded(why, { cause: error });
    } finally {
      clearTimeout(timer);
    }
  }
}
