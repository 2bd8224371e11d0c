import { Worker } from 'node:worker_threads';
import { messageOf } from '../../platform/errors';
import { childEntry } from '../../platform/process/child-entry';
import type { RunnerReply, RunnerRequest } from './runner.protocol';
import { OwnResidentMemory } from './own-resident-memory';
import { RunnerSession } from './runner.session';

/** The runner: a process that owns one session, so that native code can be killed, capped and can crash without harm to its worker. */
let session: RunnerSession | null = null;
const resident = new OwnResidentMemory();

async function answer(request: Exclude<RunnerRequest, { kind: 'forget' }>): Promise<RunnerReply> {
  switch (request.kind) {
    case 'load':
      session = await RunnerSession.load(request);
      return { kind: 'loaded', inputs: session.inputs, outputs: session.outputs, provider: session.provider };
    case 'run':
      if (!session) throw new Error('No model is loaded.');
      return { kind: 'ran', results: await session.runAll(request.requests), residentBytes: resident.bytes };
    default:
      return request satisfies never;
  }
}

function send(reply: RunnerReply): void {
  process.send!(reply);
}

// Ctrl-C reaches the whole process group; the worker decides when a runner ends.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);
process.on('disconnect', () => process.exit(0));
process.on('message', (request: RunnerRequest) => {
  if (request.kind === 'forget') return session?.forget(request.generation);
  answer(request).then(send, (error: unknown) => send({ kind: 'refused', message: messageOf(error) }));
});
new Worker(childEntry('workers/runtime/lifeline.main').file, {
  resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 4, codeRangeSizeMb: 4, stackSizeMb: 1 },
}).unref();
send({ kind: 'ready' });
