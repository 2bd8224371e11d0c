import { z } from 'zod';
import { DATATYPES } from '../../platform/tensor/datatype';
import { described } from './openapi/described';
import type { DocumentedRoute } from './openapi/documented.route';

/** The Open Inference Protocol's routes as `/openapi.json` tells them. The inference subgraph reads and checks what comes. */

const header = { name: z.string(), datatype: z.enum(DATATYPES), shape: z.array(z.number().int()) };
const binarySize = z.object({ binary_data_size: z.number().int().optional().describe('Bytes of it behind the JSON, in place of `data`.') }).optional();
const tensor = z.object({ ...header, data: z.array(z.unknown()).optional(), parameters: binarySize });
const refusal = z.object({ error: z.string(), code: z.string() });

const request = z.object({
  id: z.string().optional().describe('Echoed.'),
  inputs: z.array(tensor).min(1),
  outputs: z.array(z.object({
    name: z.string(),
    parameters: z.object({
      binary_data: z.boolean().optional(), classification: z.number().int().optional().describe('The best so many classes in place of the scores, as BYTES `score:index`.'),
    }).optional(),
  })).optional().describe('All of them when left out.'),
  parameters: z.object({
    binary_data_output: z.boolean().optional(), timeout: z.number().int().optional().describe('Microseconds; then the call ends, and what it runs is stopped.'),
  }).optional(),
});
const answer = z.object({ model_name: z.string(), model_version: z.string(), id: z.string().optional(), outputs: z.array(tensor) });
const metadata = z.object({
  name: z.string(), versions: z.array(z.string()), platform: z.string(), inputs: z.array(z.object(header)), outputs: z.array(z.object(header)),
});
const index = z.array(z.object({ name: z.string(), version: z.string(), state: z.enum(['READY', 'UNAVAILABLE']), reason: z.string() }));
const inferHeaders = z.object({
  'inference-header-content-length': z.string().optional().describe('The length of the JSON, where binary tensors follow it; 0 for one bare tensor.'),
  'inference-timeout-ms': z.string().optional().describe('Milliseconds until the answer, 1 to 600,000; 60,000 when left out.'),
});

const generateRequest = z.object({
  id: z.string().optional().describe('Echoed.'), input_ids: z.array(z.number().int()).describe('The tokens to go on from.'),
  parameters: z.object({
    max_tokens: z.number().int().describe('256 when left out.'), temperature: z.number().describe('0, the default, takes the most likely token.'), top_k: z.number().int(), top_p: z.number(),
    repetition_penalty: z.number(), seed: z.number().int(), stop_token_ids: z.array(z.number().int()), timeout: z.number().int().describe('Microseconds until the last token.'),
  }).partial().optional(),
});
const generateAnswer = z.object({
  id: z.string().optional(), model_name: z.string(), model_version: z.string(), output_ids: z.array(z.number().int()),
  details: z.object({ finish_reason: z.enum(['length', 'eos_token', 'canceled']) }).optional(),
});
const generateHeaders = z.object({
  'idempotency-key': z.string().optional().describe('Any text of yours: the generation goes on when the connection ends, and the same request with the same key follows it.'),
  'last-event-id': z.string().optional().describe('With a key: the `id` of the last event seen; what came after it follows, without a gap.'),
  'inference-timeout-ms': z.string().optional().describe('Milliseconds until the last token, 1 to 600,000.'),
});
const eventStream = { description: 'Each token as an event whose `id` is its number and whose data is an answer of one token; the last has `details`. A failure is an event of `{"error", "code"}`.', content: { 'text/event-stream': { schema: described(generateAnswer) } } };

const ofModel = z.object({ namespace: z.string(), name: z.string().describe('The name of the deployment.') });
const ofVersion = ofModel.extend({ version: z.string().describe('The number of the model\'s version that is served, or an alias that is on it.') });
const json = (shape: z.ZodType, description: string): object => ({ description, content: { 'application/json': { schema: described(shape) } } });
const REFUSED = json(refusal, 'Refused; the code tells why.');
const plain = (operationId: string, summary: string, shape: z.ZodType): object => ({
  tags: ['Open Inference Protocol v2'], operationId, summary, response: { 200: json(shape, summary), '4xx': REFUSED },
});

const MODEL = '/v2/models/:namespace/:name';
const PLACES = [{ url: MODEL, suffix: '', params: described(ofModel) }, { url: `${MODEL}/versions/:version`, suffix: 'OfVersion', params: described(ofVersion) }];

const ofPlaces = (route: (suffix: string) => Omit<DocumentedRoute, 'schema'> & { schema: object }): DocumentedRoute[] => PLACES.map(({ url, suffix, params }) => {
  const { method, url: end, schema } = route(suffix);
  return { method, url: url + end, schema: { ...schema, params } };
});

const repository = (action: 'load' | 'unload', description: string): DocumentedRoute => ({
  method: 'POST', url: `/v2/repository/models/:namespace/:name/${action}`,
  schema: { ...plain(`${action}Model`, description, z.object({})), params: described(ofModel), body: described(z.object({})) },
});

export const OIP_ROUTES: readonly DocumentedRoute[] = [
  { method: 'GET', url: '/v2', schema: plain('serverMetadata', 'What the server is', z.object({ name: z.string(), version: z.string(), extensions: z.array(z.string()) })) },
  { method: 'GET', url: '/v2/health/live', schema: plain('serverLive', 'Whether the server lives', z.object({ live: z.boolean() })) },
  { method: 'GET', url: '/v2/health/ready', schema: plain('serverReady', 'Whether a call could be served; 503 when not', z.object({ ready: z.boolean(), reason: z.string().optional() })) },
  ...ofPlaces((suffix) => ({ method: 'GET', url: '', schema: plain(`modelMetadata${suffix}`, 'What a model takes and gives', metadata) })),
  ...ofPlaces((suffix) => ({
    method: 'GET', url: '/ready', schema: plain(`modelReady${suffix}`, 'Whether a replica of the model serves; 409 when not', z.object({ name: z.string(), ready: z.boolean() })),
  })),
  ...ofPlaces((suffix) => ({
    method: 'POST', url: '/infer',
    schema: {
      ...plain(`infer${suffix}`, 'Calls a model and waits for its outputs', answer), headers: described(inferHeaders), body: described(request),
      description: 'Nothing is kept, and the end of the connection ends the call. Needs the role CALLER.',
    },
  })),
  ...ofPlaces((suffix) => ({
    method: 'POST', url: '/generate',
    schema: { ...plain(`generate${suffix}`, 'Goes on with a sequence and waits for its end', generateAnswer), headers: described(generateHeaders), body: described(generateRequest) },
  })),
  ...ofPlaces((suffix) => ({
    method: 'POST', url: '/generate_stream',
    schema: {
      ...plain(`generateStream${suffix}`, 'Goes on with a sequence and tells each token as it is computed', generateAnswer), headers: described(generateHeaders), body: described(generateRequest),
      response: { 200: eventStream, '4xx': REFUSED }, description: 'Without a key the end of the connection ends the generation. Needs the role CALLER.',
    },
  })),
  ...ofPlaces((suffix) => ({ method: 'GET', url: '/stats', schema: plain(`modelStatistics${suffix}`, 'What was answered and what failed', z.object({ model_stats: z.array(z.looseObject({})) })) })),
  { method: 'GET', url: '/v2/models/stats', schema: plain('statistics', 'The statistics of every model that the caller may see', z.object({ model_stats: z.array(z.looseObject({})) })) },
  { method: 'POST', url: '/v2/repository/index', schema: { ...plain('repositoryIndex', 'The models that the caller may see', index), body: described(z.object({ ready: z.boolean().optional() })) } },
  repository('load', 'Starts a deployment and waits until it serves; needs the role DEVELOPER'),
  repository('unload', 'Stops a deployment; needs the role DEVELOPER'),
];
