import type { RequestScope } from '../../../platform/caller';
import { PlatformError } from '../../../platform/errors';
import { EventStream } from '../../../platform/stream/event-stream';
import { bodyDigest } from '../submit/idempotency';
import type { GenerationEvent } from './generation-event.type';
import type { GenerationStep } from './generation-event';
import type { InferStreamInput } from './generation.inputs';
import type { GenerationService } from './generation.service';
import type { KeptGenerations } from './kept.generations';

/** What doors hand over: the request of the graph. */
export class GenerationStreams {
  constructor(private readonly parts: { service: GenerationService; kept: KeptGenerations }) {}

  /**
   * With a key what the key names, from behind `after`; without one a generation that ends with its reader.
   * @throws what `GenerationService` and `KeptGenerations` throw
   */
  async open(scope: RequestScope, input: InferStreamInput): Promise<AsyncIterableIterator<GenerationEvent>> {
    const { service, kept } = this.parts;
    const { deployment, key = null, after = null, ...body } = input;
    const { tokens, maxTokens = null, stopIds, sampling, timeoutMs = null } = body;
    const prepared = await service.prepare(scope, deployment, { tokens, maxTokens, stopIds: stopIds ?? [], sampling: sampling ?? {}, timeoutMs });
    if (key !== null) {
      const { id, events } = await kept.open(scope, { ...prepared, timeoutMs, key, after: after ?? 0, bodySha256: bodyDigest({ deployment, ...body }) });
      return told(id, events);
    }
    if (after !== null) throw new PlatformError('BAD_USER_INPUT', 'after: only a generation with a key can be gone on with.');
    return told(null, await service.open(scope, { ...prepared, timeoutMs }));
  }
}

function told(generation: string | null, steps: AsyncIterableIterator<GenerationStep>): AsyncIterableIterator<GenerationEvent> {
  return new EventStream(steps, (step) => ({ generation, ...step }));
}
