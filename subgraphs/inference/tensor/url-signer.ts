import crypto from 'node:crypto';
import type { Database } from '../../../platform/database/database';

const PURPOSE = 'tensor-url';

/** Signs the URLs under which tensors are read, with HMAC-SHA256 and a key that all processes share. */
export class UrlSigner {
  #secret: Promise<Buffer> | null = null;

  constructor(private readonly database: Database) {}

  /** The path and query of a blob's URL, good until `expiresAt`. */
  async sign(blob: string, expiresAt: Date): Promise<string> {
    const expires = String(expiresAt.getTime());
    return `/tensors/${blob}?expires=${expires}&signature=${(await this.#signature(blob, expires)).toString('base64url')}`;
  }

  async isValid(blob: string, { expires, signature }: { expires: string; signature: string }): Promise<boolean> {
    if (!/^\d{1,15}$/.test(expires) || Number(expires) < Date.now()) return false;
    const given = Buffer.from(signature, 'base64url');
    const expected = await this.#signature(blob, expires);
    return given.length === expected.length && crypto.timingSafeEqual(given, expected);
  }

  async #signature(blob: string, expires: string): Promise<Buffer> {
    this.#secret ??= this.#load().catch((error: unknown) => {
      this.#secret = null;
      throw error;
    });
    return crypto.createHmac('sha256', await this.#secret).update(`GET ${blob} ${expires}`).digest();
  }

  async #load(): Promise<Buffer> {
    await this.database.query({
      text: 'insert into signing_key (purpose, secret) values ($1, $2) on conflict do nothing',
      values: [PURPOSE, crypto.randomBytes(32)],
    });
    const rows = await this.database.query<{ secret: Buffer }>({ text: 'select secret from signing_key where purpose = $1', values: [PURPOSE] });
    return rows[0]!.secret;
  }
}
