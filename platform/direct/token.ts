import { PathSigner } from '../bytes/path-signer';
import type { Database } from '../database/database';

/** From being signed until the connection is open; an open one stays. */
const LIFETIME_MS = 30_000;

/** What opens a connection to one worker: signed with a key that only processes of the platform can read, for one address, for 30 s. */
export class DirectTokens {
  readonly #signer: PathSigner;

  constructor(database: Database) {
    this.#signer = new PathSigner(database, 'direct-lane');
  }

  sign(address: string): Promise<string> {
    return this.#signer.sign(pathOf(address), new Date(Date.now() + LIFETIME_MS));
  }

  async isValid(token: string, address: string): Promise<boolean> {
    const [path, query = ''] = token.split('?');
    return path === pathOf(address) && this.#signer.isValid(path, new URLSearchParams(query));
  }
}

function pathOf(address: string): string {
  return `/direct/${address}`;
}
