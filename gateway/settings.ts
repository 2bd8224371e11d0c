import type { Environment } from '../platform/env';
import type { TrustMode } from './persisted/trusted.documents';
import type { StreamCaps } from './streams/stream.quota';

/** What the doors need to know of the environment. */
export interface GatewaySettings {
  /** The address to listen on. Anything but loopback demands API keys. */
  host: string;
  /** 0 takes a free one. */
  port: number;
  publicUrl: string | null;
  allowedHosts: readonly string[];
  allowedOrigins: readonly string[];
  /** The largest GraphQL request body. */
  bodyMaxBytes: number;
  /** What a GraphQL request body may take to come. */
  bodyTimeoutMs: number;
  /** The largest WebSocket message from a client. */
  frameMaxBytes: number;
  /** The most that one operation may cost. */
  maxCost: number;
  trustMode: TrustMode;
  allowsIntrospection: boolean;
  streams: StreamCaps;
}

/** A megabyte over a slow line. */
const BODY_TIMEOUT_MS = 30_000;

export function settingsOf(environment: Pick<Environment, 'http' | 'graphql'>): GatewaySettings {
  const { host, port, publicUrl, allowedHosts, allowedOrigins, bodyMaxBytes, frameMaxBytes } = environment.http;
  const { introspection: allowsIntrospection, streams, maxCost, trusted } = environment.graphql;
  return {
    host, port, publicUrl, allowedHosts, allowedOrigins, bodyMaxBytes, bodyTimeoutMs: BODY_TIMEOUT_MS, frameMaxBytes,
    allowsIntrospection, streams, maxCost, trustMode: trusted.mode,
  };
}
