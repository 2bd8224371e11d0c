import { HeaderMap, type HTTPGraphQLRequest } from '@apollo/server';
import type { FastifyRequest } from 'fastify';
import type { Admitted, AskedOperation } from './admission';

/** The headers that Apollo Server looks at; copying all of them costs every request. */
const READ_HEADERS = ['accept', 'content-type', 'apollo-require-preflight', 'x-apollo-operation-name'] as const;

type Parameters = Record<string, unknown>;

/** What a request asks to run; null when it is no GraphQL request, which Apollo Server then says best. */
export function askedOf({ method, body, query }: FastifyRequest): AskedOperation | null {
  const given = method === 'GET' ? query : body;
  if (!isRecord(given)) return null;
  const asked = {
    query: given['query'], documentId: given['documentId'], operationName: given['operationName'],
    extensions: method === 'GET' ? parsed(given['extensions']) : given['extensions'],
  };
  const isText = [asked.query, asked.documentId, asked.operationName].every((value) => value == null || typeof value === 'string');
  return isText && (asked.extensions == null || isRecord(asked.extensions)) ? asked as AskedOperation : null;
}

/** The request as Apollo Server reads it, with the text of a document that was asked for by id. */
export function toApollo({ method, headers, body, query, raw }: FastifyRequest, admitted: Admitted | null): HTTPGraphQLRequest {
  const isPersisted = admitted?.isPersisted ?? false;
  return {
    method,
    headers: headersOf(headers),
    body: isPersisted && method === 'POST' ? withText(body as Parameters, admitted!.text) : body,
    search: isPersisted && method === 'GET' ? searchOf(withText(query as Parameters, admitted!.text)) : new URL(raw.url!, 'http://gateway').search,
  };
}

function headersOf(headers: FastifyRequest['headers']): HeaderMap {
  const map = new HeaderMap();
  for (const name of READ_HEADERS) if (typeof headers[name] === 'string') map.set(name, headers[name]);
  return map;
}

function withText({ extensions: _extensions, documentId: _documentId, ...rest }: Parameters, text: string): Parameters {
  return { ...rest, query: text };
}

function searchOf(parameters: Parameters): string {
  return `?${new URLSearchParams(parameters as Record<string, string>).toString()}`;
}

function parsed(json: unknown): unknown {
  if (typeof json !== 'string') return json;
  try {
    return JSON.parse(json);
  } catch {
    return json;
  }
}

function isRecord(value: unknown): value is Parameters {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !Buffer.isBuffer(value);
}
