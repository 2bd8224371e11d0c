import type { RequestScope } from '../../../platform/caller';
import { CONTENT_OF_CONNECTION, contentOfSubscription, IDENTITY_HEADER, type IdentitySigner } from '../../../platform/subgraph/identity-token';
import type { Variables } from '../subgraph-client';
import type { ForeignSettings } from './foreign.settings';

type Headers = Record<string, string>;

/** What a subgraph of other people is shown: headers of its own settings, those of the client that they name, our identity if they say so. */
export class ForeignCredentials {
  constructor(
    private readonly settings: Pick<ForeignSettings, 'name' | 'headers' | 'forwardHeaders'>,
    /** Null: it never sees who is calling. */
    private readonly signer: IdentitySigner | null,
  ) {}

  /** The file's own headers come last: no client can put others in their place. */
  headersOf({ requestId, forwarded = {} }: RequestScope): Headers {
    const headers: Headers = { 'x-request-id': requestId };
    for (const name of this.settings.forwardHeaders) if (Object.hasOwn(forwarded, name)) headers[name] = forwarded[name]!;
    return { ...headers, ...this.settings.headers };
  }

  /** Of a request with this very body. */
  async headersFor(scope: RequestScope, body: string): Promise<Headers> {
    const headers = this.headersOf(scope);
    if (this.signer) headers[IDENTITY_HEADER] = await this.signer.sign({ scope, audience: this.settings.name, content: body });
    return headers;
  }

  /** Of a socket, which may ask for nothing itself. */
  async connectionParams(scope: RequestScope): Promise<Record<string, unknown>> {
    if (!this.signer) return {};
    return { identity: await this.signer.sign({ scope, audience: this.settings.name, content: CONTENT_OF_CONNECTION }) };
  }

  async extensionsOf(query: string, variables: Variables | undefined, scope: RequestScope): Promise<Record<string, unknown>> {
    if (!this.signer) return {};
    return { identity: await this.signer.sign({ scope, audience: this.settings.name, content: contentOfSubscription(query, variables) }) };
  }
}
