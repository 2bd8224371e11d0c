import { PlatformError, messageOf } from '../../platform/errors';
import type { Log } from '../../platform/log';

/** The windows of all gateways together. */
export interface BudgetStore {
  /** Adds points to a key's window, which it opens when there is none, and tells what the window then holds. */
  add(key: string, points: number): Promise<{ consumed: number; resetInMs: number }>;
  close(): Promise<void>;
}

export interface BudgetSettings {
  /** Points a key may spend in a window. */
  points: number;
  windowMs: number;
}

/** What is left of a key's window. */
export interface Balance {
  readonly limit: number;
  readonly remaining: number;
  readonly resetAtMs: number;
}

interface Account {
  /** By all gateways, as the store told last. */
  consumed: number;
  resetAtMs: number;
  /** Spent here and not told yet. */
  pending: number;
  /** Until the store has told what the window holds. */
  opening: Promise<void> | null;
}

const SETTLE_AFTER_MS = 100;
const MAX_ACCOUNTS = 10_000;

/**
 * Lets each key spend so many points of cost per window, over all gateways. A request is decided on what is known here, and what was
 * spent is told to the store together, ten times a second: no request but a key's first waits for it. So a key may pass its limit by what
 * it spends elsewhere within that tenth. A store that is away stops nobody; each gateway then counts for itself.
 */
export class CostBudget {
  readonly #accounts = new Map<string, Account>();
  /** Keys that have spent what the store does not know yet. */
  readonly #owing = new Map<string, Account>();
  #timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly store: BudgetStore, private readonly settings: BudgetSettings, private readonly log: Log,
    private readonly now: () => number = Date.now,
  ) {}

  /** @throws RATE_LIMITED when the key's window does not hold the cost */
  take(key: string, cost: number): Balance | Promise<Balance> {
    const account = this.#accounts.get(key) ?? this.#open(key);
    return account.opening ? account.opening.then(() => this.#spend(key, account, cost)) : this.#spend(key, account, cost);
  }

  async close(): Promise<void> {
    if (this.#timer) clearTimeout(this.#timer);
    await this.#settle();
    await this.store.close();
  }

  #open(key: string): Account {
    const account: Account = { consumed: 0, resetAtMs: 0, pending: 0, opening: null };
    account.opening = this.#tell(key, account).then(() => { account.opening = null; });
    if (this.#accounts.size >= MAX_ACCOUNTS) this.#forgetSome();
    this.#accounts.set(key, account);
    return account;
  }

  #spend(key: string, account: Account, cost: number): Balance {
    const { points, windowMs } = this.settings;
    const now = this.now();
    // What is still owed was spent in the window before.
    if (account.resetAtMs <= now) Object.assign(account, { consumed: -account.pending, resetAtMs: now + windowMs });
    const remaining = points - account.consumed - account.pending - cost;
    if (remaining < 0) throw this.#refusal(account, cost, now);
    account.pending += cost;
    this.#owing.set(key, account);
    this.#timer ??= setTimeout(() => void this.#settle(), SETTLE_AFTER_MS).unref();
    return { limit: points, remaining, resetAtMs: account.resetAtMs };
  }

  #refusal({ consumed, pending, resetAtMs }: Account, cost: number, now: number): PlatformError {
    const { points } = this.settings;
    const remaining = Math.max(points - consumed - pending, 0);
    const retryAfterMs = resetAtMs - now;
    return new PlatformError(
      'RATE_LIMITED', `The operation costs ${cost}; this key has ${remaining} of ${points} points left for the next ${Math.ceil(retryAfterMs / 1000)} s.`,
      { limit: 'rate', cost, remaining, resetAt: new Date(resetAtMs).toISOString(), retryAfterMs },
    );
  }

  async #settle(): Promise<void> {
    const owing = [...this.#owing];
    this.#owing.clear();
    await Promise.all(owing.map(([key, account]) => this.#tell(key, account)));
    // The next tenth begins when the store has answered: a slow one is asked less often.
    this.#timer = this.#owing.size > 0 ? setTimeout(() => void this.#settle(), SETTLE_AFTER_MS).unref() : null;
  }

  /** Never rejects. */
  async #tell(key: string, account: Account): Promise<void> {
    const told = account.pending;
    try {
      const { consumed, resetInMs } = await this.store.add(key, told);
      Object.assign(account, { consumed, resetAtMs: this.now() + resetInMs });
    } catch (error) {
      this.log.warn({ reason: messageOf(error) }, 'cost budget not shared');
      account.consumed += told;
    }
    account.pending -= told;
  }

  /** Their windows are kept by the store. */
  #forgetSome(): void {
    for (const key of this.#accounts.keys()) {
      if (this.#owing.has(key)) continue;
      this.#accounts.delete(key);
      return;
    }
  }
}
