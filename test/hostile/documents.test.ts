import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { openWholeGraphDoors } from '../support/limits.gateway';
import { HOSTILE_DOCUMENTS, type HostileDocument } from './corpus/documents';
import { DOORS, type Door, type Refusals } from './corpus/doors';

/** Of this process, in which both sides run: the gateway's share is smaller. */
const MAX_CPU_MS = 50;
/** A collection of garbage or a compilation may fall into a measurement; into each of so many it does not. */
const ATTEMPTS = 6;

setFlagsFromString('--expose_gc');
const collect = runInNewContext('gc') as () => void;

describe('hostile documents', () => {
  let doors: Awaited<ReturnType<typeof openWholeGraphDoors>>;
  // Frames here are as large as bodies, so that every document comes in at every door; the limit of frames has tests of its own.
  beforeAll(async () => {
    doors = await openWholeGraphDoors({ settings: { bodyMaxBytes: 1_048_576, frameMaxBytes: 1_048_576 } });
    for (const door of DOORS) for (let count = 0; count < 20; count++) await door.ask(doors.url, { text: `{ nothing${count} }` });
  });
  afterAll(() => doors.close());

  it('are many', () => {
    expect(HOSTILE_DOCUMENTS.length).toBeGreaterThanOrEqual(100);
    expect(new Set(HOSTILE_DOCUMENTS.map(({ text, variables }) => JSON.stringify([text, variables]))).size).toBe(HOSTILE_DOCUMENTS.length);
  });

  async function measured(door: Door, document: HostileDocument): Promise<{ refusals: Refusals; cpuMs: number }> {
    let best = { refusals: [] as Refusals, cpuMs: Infinity };
    for (let attempt = 0; attempt < ATTEMPTS && best.cpuMs > MAX_CPU_MS; attempt++) {
      const before = process.cpuUsage();
      const refusals = await door.ask(doors.url, document);
      const { user, system } = process.cpuUsage(before);
      best = { refusals, cpuMs: Math.min(best.cpuMs, (user + system) / 1000) };
    }
    return best;
  }

  describe.each(DOORS.map((door) => [door.name, door] as const))('through %s', (_name, door) => {
    it.each(HOSTILE_DOCUMENTS.map((document) => [document.name, document] as const))('%s is refused with its code, for little', async (_title, document) => {
      const { refusals, cpuMs } = await measured(door, document);
      const { code, limit } = document;
      expect(refusals[0]).toMatchObject({ code, requestId: expect.any(String), ...(limit && { limit }) });
      expect(refusals.every((refusal) => refusal.code === code)).toBe(true);
      expect(cpuMs).toBeLessThan(MAX_CPU_MS);
    });
  });

  it('reach no subgraph', () => {
    expect(doors.calls).toEqual([]);
  });

  it('leave the memory as it was and the doors open', async () => {
    const round = async () => { for (const door of DOORS) for (const document of HOSTILE_DOCUMENTS) await door.ask(doors.url, document); };
    collect();
    await round();
    collect();
    const before = process.memoryUsage().heapUsed;
    for (let count = 0; count < 3; count++) await round();
    collect();
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(24 * 1024 * 1024);
    for (const door of DOORS) expect(await door.ask(doors.url, { text: '{ __typename }' })).toEqual([]);
  });
});
