import { createClient, type Client } from 'graphql-ws';
import WebSocket from 'ws';

/** A refusal by the API, with the code of `docs/errors.md`. */
export class ApiError extends Error {
  constructor(message: string, readonly code: string) {
    super(`${code}: ${message}`);
  }
}

interface Answer<Data> {
  data?: Data | null;
  errors?: readonly { message: string; extensions?: { code?: string } }[];
}

/** The few lines that a program needs to use the public GraphQL API: fetch for operations, graphql-ws for subscriptions. */
export class ApiClient {
  readonly #socket: Client;

  constructor(private readonly baseUrl: string, private readonly apiKey: string | null) {
    this.#socket = createClient({
      url: `${baseUrl.replace(/^http/, 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: apiKey === null ? {} : { authorization: `Bearer ${apiKey}` },
    });
  }

  async request<Data>(query: string, variables: Record<string, unknown> = {}): Promise<Data> {
    const response = await fetch(`${this.baseUrl}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(this.apiKey === null ? {} : { authorization: `Bearer ${this.apiKey}` }) },
      body: JSON.stringify({ query, variables }),
    });
    return dataOf((await response.json()) as Answer<Data>);
  }

  /** Yields every event until the subscription completes. */
  async *subscribe<Data>(query: string, variables: Record<string, unknown> = {}): AsyncGenerator<Data> {
    try {
      for await (const answer of this.#socket.iterate<Data>({ query, variables })) yield dataOf(answer as Answer<Data>);
    } catch (thrown) {
      throw asApiError(thrown);
    }
  }

  async put(url: string, body: Uint8Array): Promise<unknown> {
    const response = await fetch(url, { method: 'PUT', body });
    const text = await response.text();
    const answer = (text === '' ? {} : JSON.parse(text)) as { error?: { code: string; message: string } };
    if (answer.error) throw new ApiError(answer.error.message, answer.error.code);
    return answer;
  }

  async get(url: string): Promise<Uint8Array> {
    const response = await fetch(url);
    if (!response.ok) throw new ApiError(await response.text(), String(response.status));
    return new Uint8Array(await response.arrayBuffer());
  }

  async close(): Promise<void> {
    await this.#socket.dispose();
  }
}

/** graphql-ws rejects with the refusal's list of errors, or with the socket's close event. */
function asApiError(thrown: unknown): unknown {
  if (Array.isArray(thrown)) return refusalOf(thrown as NonNullable<Answer<unknown>['errors']>);
  if (typeof thrown === 'object' && thrown !== null && 'reason' in thrown) return new ApiError(String(thrown.reason), 'SOCKET_CLOSED');
  return thrown;
}

function refusalOf(errors: NonNullable<Answer<unknown>['errors']>): ApiError {
  return new ApiError(errors[0]?.message ?? 'refused', errors[0]?.extensions?.code ?? 'UNKNOWN');
}

function dataOf<Data>({ data, errors }: Answer<Data>): Data {
  if (errors && errors.length > 0) throw refusalOf(errors);
  return data!;
}
