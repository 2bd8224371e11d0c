import crypto from 'node:crypto';
import type { Database } from '../database/database';

/**
 * Signs paths for a limited time, with HMAC-SHA256 and a key that all processes share: who has the URL may read what it names, nothing
 * else.
 */
export class PathSigner {
  #secret: Promise<Buffer> | null = null;

  /** @param purpose a signature made for one purpose is worth nothing for another */
  constructor(private readonly database: Database, private readonly purpose: string) {}

  /** The path with its signature, good until `expiresAt`. */
  async sign(path: string, expiresAt: Date): Promise<string> {
    const expires = String(expiresAt.getTime());
    return `${path}?expires=${expires}&signature=${(await this.#signature(path, expires)).toString('base64url')}`;
  }

  async isValid(path: string, query: URLSearchParams): Promise<boolean> {
    const expires = query.get('expires') ?? '';
    if (!/^\d{1,15}$/.test(expires) || Number(expires) < Date.now()) return false;
    const given = Buffer.from(query.get('signature') ?? '', 'base64url');
    const expected = await this.#signature(path, expires);
    return given.length === expected.length && crypto.timingSafeEqual(given, expected);
  }

  async #signature(path: string, expires: string): Promise<Buffer> {
    this.#secret ??= this.#load().catch((error: unknown) => {
      this.#secret = null;
      throw error;
    });
    return crypto.createHmac('sha256', await this.#secret).update(`${path} ${expires}`).digest();
  }

  async #load(): Promise<Buffer> {
    const secret = crypto.randomBytes(32);
    await this.database.query({
      text: 'insert into signing_key (purpose, secret) values ($1, $2) on conflict do nothing', values: [this.purpose, secret],
    });
    const rows = await this.database.query<{ secret: Buffer }>({
      text: 'select secret from signing_key where purpose = $1', values: [this.purpose],
    });
    return rows[0]!.secret;
  }
}
