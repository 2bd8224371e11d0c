import type { Environment } from '../platform/env';
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
  /** The largest GraphQL request body and the largest WebSocket frame. */
  bodyMaxBytes: number;
  allowsIntrospection: boolean;
  streams: StreamCaps;
}

export function settingsOf(environment: Pick<Environment, 'http' | 'graphql'>): GatewaySettings {
  const { host, port, publicUrl, allowedHosts, allowedOrigins, bodyMaxBytes } = environment.http;
  const { introspection: allowsIntrospection, streams } = environment.graphql;
  return { host, port, publicUrl, allowedHosts, allowedOrigins, bodyMaxBytes, allowsIntrospection, streams };
}
