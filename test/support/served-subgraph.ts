import { generateKeyPair, type CryptoKey } from 'jose';
import type { HttpClient } from '../../gateway/federation/http-client';
import { signedClient } from '../../gateway/federation/signed-client';
import { SubgraphEndpoint } from '../../gateway/federation/subgraph-endpoint';
import { silentLog } from '../../platform/log';
import { IdentitySigner, IdentityVerifier } from '../../platform/subgraph/identity-token';
import { serveSubgraph, type SubgraphServerOptions } from '../../platform/subgraph/server';
import type { TestSubgraph } from './subgraphs';

export interface ServedSubgraph {
  readonly url: string;
  readonly endpoint: SubgraphEndpoint;
  readonly client: HttpClient;
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
  /** Ends the server alone, as a crash would. */
  stop(): Promise<void>;
  close(): Promise<void>;
}

/** A test subgraph behind its own HTTP server, with a client that it believes. */
export async function serve(subgraph: TestSubgraph, options: Partial<SubgraphServerOptions> & { bytes?: SubgraphServerOptions['subgraph']['bytes']; timeoutMs?: number } = {}): Promise<ServedSubgraph> {
  const { privateKey, publicKey } = await generateKeyPair('EdDSA');
  const { schema, context, name } = subgraph;
  const server = await serveSubgraph({
    subgraph: { schema, context, bytes: options.bytes ?? null, bytePrefixes: ['/files/'] },
    host: '127.0.0.1', port: 0, verifier: new IdentityVerifier(name, () => Promise.resolve(publicKey)), log: silentLog(), ...options,
  });
  const endpoint = new SubgraphEndpoint({ name, url: server.url, signer: new IdentitySigner(privateKey), timeoutMs: options.timeoutMs });
  const client = signedClient(endpoint);
  let stopped: Promise<void> | null = null;
  const stop = () => (stopped ??= server.close());
  return { url: server.url, endpoint, client, privateKey, publicKey, stop, close: async () => { await client.close(); await stop(); } };
}
