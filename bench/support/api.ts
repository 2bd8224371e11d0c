import { Pool } from 'undici';
import { post } from '../../gateway/federation/link/post';

interface Answer<Data> { data?: Data | null; errors?: { message: string; extensions?: { code?: string } }[] }

/** A refusal by the API. */
export class Refused extends Error {
  constructor(readonly code: string, message: string) {
    super(`${code}: ${message}`);
  }
}

/** GraphQL over kept-alive HTTP. */
export class Api {
  readonly #pool: Pool;

  constructor(readonly url: string, connections = 64) {
    this.#pool = new Pool(url, { connections, bodyTimeout: 30_000, headersTimeout: 30_000 });
  }

  async request<Data>(query: string, variables: object = {}): Promise<Data> {
    const { text } = await post(this.#pool, { path: '/graphql', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ query, variables }) });
    const { data, errors } = JSON.parse(text) as Answer<Data>;
    if (errors?.[0]) throw new Refused(errors[0].extensions?.code ?? 'UNKNOWN', errors[0].message);
    return data!;
  }

  async put(url: string, bytes: Uint8Array): Promise<{ versionId: string }> {
    const response = await fetch(url, { method: 'PUT', body: bytes });
    if (!response.ok) throw new Refused(String(response.status), await response.text());
    return (await response.json()) as { versionId: string };
  }

  close(): Promise<void> {
    return this.#pool.destroy();
  }
}
