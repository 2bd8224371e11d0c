import type { Environment } from '../platform/env';

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
}

export function settingsOf(environment: Pick<Environment, 'http' | 'graphql'>): GatewaySettings {
  const { host, port, publicUrl, allowedHosts, allowedOrigins, bodyMaxBytes } = environment.http;
  return { host, port, publicUrl, allowedHosts, allowedOrigins, bodyMaxBytes, allowsIntrospection: environment.graphql.introspection };
}
