import { z } from 'zod';
import { DATATYPES } from '../../../platform/tensor/datatype';

/** What the job routes take and give: checked with these, and told in `/openapi.json` from them. */

const STATUSES = ['QUEUED', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELED', 'EXPIRED'] as const;
const EVENT_KINDS = ['QUEUED', 'STARTED', 'ITEMS_FINISHED', 'REQUEUED', 'RETRIED', 'SUCCEEDED', 'FAILED', 'CANCELED', 'EXPIRED'] as const;

const int = z.number().int().min(-2_147_483_648).max(2_147_483_647);
const datatype = z.enum(DATATYPES).describe('The type of its elements.');
const instant = z.iso.datetime().nullable();

const tensorInput = z.strictObject({
  name: z.string().describe('The name of the model\'s input.'),
  datatype,
  shape: z.array(int).describe('The size of each dimension; empty for a single value.'),
  data: z.unknown().optional().describe('The elements as a list, nested like the shape or flat. Integers beyond 2^53 are strings; "NaN", "Infinity" and "-Infinity" are.'),
  base64: z.string().optional().describe('The raw bytes, little-endian, row by row, each element of BYTES after its length as uint32; at most 64 KiB.'),
  blob: z.string().optional().describe('The id that `createTensorUpload` gave, once its upload is done.'),
}).describe('A tensor for one input: exactly one of `data`, `base64` and `blob` holds its elements.');

export const jobRequest = z.strictObject({
  deployment: z.string().describe('The full name of the deployment, such as `default/ocr`.'),
  items: z.array(z.strictObject({ inputs: z.array(tensorInput) })).min(1).max(10_000).describe('Calls of the model, independent of each other.'),
  outputs: z.array(z.string()).optional().describe('The names of the outputs wanted; all when left out.'),
  priority: int.optional().describe('0 to 1,000; 0, the default, is served first.'),
  deadlineMs: int.optional().describe('Milliseconds from now: what is not dispatched by then expires.'),
});

const timing = z.object({
  queuedMs: z.number().nullable(), batchWaitMs: z.number().nullable(), computeMs: z.number().nullable(), totalMs: z.number().nullable(), batchSize: z.number().nullable(),
});
const failure = z.object({ code: z.string(), message: z.string() }).nullable();

export const job = z.object({
  id: z.string(), status: z.enum(STATUSES), deployment: z.string().nullable(), version: int.nullable(), priority: int,
  itemCount: int, finishedCount: int, failedCount: int, progress: z.number().min(0).max(1),
  error: failure, timing, deadlineAt: instant, createdAt: instant, startedAt: instant, finishedAt: instant,
}).describe('A job as it is now.');

const item = z.object({
  index: int, status: z.enum(STATUSES), error: failure, timing,
  outputs: z.array(z.object({
    name: z.string(), datatype, shape: z.array(int),
    data: z.unknown().optional().describe('The elements, flat; null where they are no text, or more than 64 KiB.'),
    base64: z.string().nullable().optional().describe('The raw bytes, where `encoding=base64` asked for them.'),
    url: z.string().nullable().describe('Where to GET the raw bytes of a tensor above 64 KiB.'),
  })).nullable(),
}).describe('One call of the model within a job.');

export const event = z.object({
  seq: int, kind: z.enum(EVENT_KINDS), at: z.iso.datetime(), message: z.string().nullable(), items: z.array(item),
}).describe('The data of one event; its `id` is `seq`, its `event` is `kind`.');

const next = z.string().nullable().describe('Pass it as `after` for the next page; null at the end.');
export const jobPage = z.object({ jobs: z.array(job), next });
export const itemPage = z.object({ items: z.array(item), next });
export const refusal = z.object({ error: z.looseObject({ code: z.string(), message: z.string(), requestId: z.string() }) }).describe('Why it was refused; the codes are those of docs/errors.md.');

/** Query strings are text. */
const first = z.string().regex(/^\d{1,3}$/, 'a number from 1 to 100').optional().describe('How many, 1 to 100; 20 when left out.');
const after = z.string().optional().describe('The `next` of the page before.');
const encoding = z.enum(['json', 'base64']).optional().describe('How outputs come: elements in `data`, or bytes in `base64`.');

export const jobQuery = z.strictObject({
  namespace: z.string().optional().describe('Only jobs of this namespace.'), deployment: z.string().optional().describe('Only jobs of this deployment.'),
  status: z.union([z.enum(STATUSES), z.array(z.enum(STATUSES))]).optional().describe('Only jobs in these states; may come several times.'), first, after,
});
export const itemQuery = z.strictObject({ first, after, encoding });
export const eventQuery = z.strictObject({ encoding, after: z.string().regex(/^\d{1,9}$/, 'the number of an event').optional().describe('As `Last-Event-ID`, for clients that cannot set it.') });
export const jobPath = z.object({ id: z.string().describe('The id of the job.') });
export const submitHeaders = z.object({
  'idempotency-key': z.string().optional().describe('Any text of yours, up to 255 characters, that makes a repeated request answer the same job, for 24 hours.'),
});
export const eventHeaders = z.object({
  'last-event-id': z.string().regex(/^\d{1,9}$/, 'the number of an event').optional().describe('The `id` of the last event seen: what came after it follows, without a gap.'),
});
