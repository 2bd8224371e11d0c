import { Readable } from 'node:stream';
import type { ByteReply, ByteRequest } from '../../../platform/bytes/byte-route';
import type { RequestScope } from '../../../platform/caller';
import { isErrorCode, PlatformError } from '../../../platform/errors';
import type { DirectService } from '../direct/direct.service';
import type { GenerationEvent } from '../generation/generation-event.type';
import type { GenerationStreams } from '../generation/generation.streams';
import { readWhole } from './oip.body';
import { readGenerateRequest, type OipGenerateRequest } from './oip.generate-request';
import type { ServedVersions } from './served-versions';

export interface OipGenerateParts {
  direct: Pick<DirectService, 'target'>;
  versions: Pick<ServedVersions, 'require'>;
  streams: Pick<GenerationStreams, 'open'>;
}

interface Asked {
  model: string;
  version: string | null;
}

interface Opened {
  id: string | null;
  head: { model_name: string; model_version: string };
  events: AsyncIterableIterator<GenerationEvent>;
}

/** A request is tokens and a few numbers. */
const REQUEST_MAX_BYTES = 8 * 1024 * 1024;
const EVENT_STREAM = {
  'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache, no-transform',
  // Of nginx: events are not to be gathered.
  'x-accel-buffering': 'no',
};
/** The protocol's words (KServe); it has none for what did not end well. */
const REASONS: Readonly<Record<string, string>> = { LENGTH: 'length', STOP: 'eos_token' };

/** Triton's generate extension: all tokens at once, or each as it comes. */
export class OipGenerate {
  constructor(private readonly parts: OipGenerateParts) {}

  /** @throws what the graph's `inferStream` throws, and of a generation that failed its error */
  async generate(request: ByteRequest, scope: RequestScope, asked: Asked): Promise<ByteReply> {
    const { id, head, events } = await this.#open(request, scope, asked);
    const ids: number[] = [];
    for await (const { token, finishReason, error } of events) {
      if (token !== null) ids.push(token);
      if (error) throw new PlatformError(isErrorCode(error.code) ? error.code : 'INTERNAL_SERVER_ERROR', error.message);
      if (finishReason) return json({ ...(id === null ? {} : { id }), ...head, output_ids: ids, details: { finish_reason: REASONS[finishReason] ?? finishReason.toLowerCase() } });
    }
    throw new PlatformError('JOB_CANCELED', 'The client went away before the answer.');
  }

  /** Each event carries its number as `id`. A failure after the first event is one more: the status has left by then. */
  async generate_stream(request: ByteRequest, scope: RequestScope, asked: Asked): Promise<ByteReply> {
    const { id, head, events } = await this.#open(request, scope, asked);
    const lines = Readable.from(written(events, { ...(id === null ? {} : { id }), ...head }), { objectMode: false });
    // An async generator hears of the reader's end only between two events.
    const leave = (): void => void events.return?.();
    lines.once('close', leave);
    request.signal.addEventListener('abort', leave);
    return { status: 200, headers: EVENT_STREAM, body: lines };
  }

  async #open(request: ByteRequest, scope: RequestScope, { model, version }: Asked): Promise<Opened> {
    const { direct, versions, streams } = this.parts;
    const target = await direct.target(scope, model);
    const number = await versions.require(target, version);
    const { id, input }: OipGenerateRequest = readGenerateRequest(await readWhole(request, REQUEST_MAX_BYTES), request.headers);
    const events = await streams.open(scope, { ...input, deployment: model });
    return { id, events, head: { model_name: target.fullName, model_version: String(number) } };
  }
}

async function* written(events: AsyncIterable<GenerationEvent>, head: object): AsyncGenerator<string> {
  for await (const { seq, token, finishReason, error } of events) {
    const told = error ? { error: error.message, code: error.code }
      : { ...head, output_ids: token === null ? [] : [token], ...(finishReason ? { details: { finish_reason: REASONS[finishReason] ?? finishReason.toLowerCase() } } : {}) };
    yield `id: ${seq}\ndata: ${JSON.stringify(told)}\n\n`;
  }
}

function json(value: object): ByteReply {
  return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) };
}
