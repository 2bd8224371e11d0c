import { newId } from '../../platform/uuid';
import { makeCaller } from '../support/ask';
import { statementsOf } from '../support/statements';
import { follow, makeFinished, openInference, SCOPE, type Deployed, type InferenceBench } from '../support/inference';

interface Event { seq: number; kind: string; job: { status: string }; items: { index: number; outputs: { json: number[] }[] | null }[] }

const EVENTS = 'subscription ($id: ID!, $after: Int) { jobEvents(id: $id, after: $after) { seq kind job { status } items { index outputs { json } } } }';
const UPDATES = 'subscription ($id: ID!) { jobUpdated(id: $id) { status seq finishedCount } }';

describe('the streams of a job', () => {
  let bench: InferenceBench;
  let deployed: Deployed;
  let worker: string;
  const eventsOf = (id: string, after = 0) => follow<Event>(bench.subgraph, EVENTS, { variables: { id, after } });

  beforeAll(async () => {
    bench = await openInference();
    deployed = await bench.deploy();
    worker = await bench.addWorker();
  });
  afterAll(() => bench.close());

  it('tell every event once and in order to a reader that reconnects, while 50 finish at a time', async () => {
    const id = await bench.submit(deployed.fullName, 100);
    const leases = Array.from({ length: 34 }, (_, chunk) => ({ jobId: id, chunk, lease: 1 }));
    const others = await Promise.all(Array.from({ length: 16 }, () => bench.submit(deployed.fullName)));
    await bench.ledger.claim(worker, [...leases, ...others.map((jobId) => ({ jobId, chunk: 0, lease: 1 }))]);
    const finishing = Promise.all([
      ...leases.map((lease) => bench.ledger.finish(worker, [makeFinished(lease, lease.chunk === 33 ? 1 : 3)])),
      ...others.map((jobId) => bench.ledger.finish(worker, [makeFinished({ jobId, chunk: 0, lease: 1 }, 1)])),
    ]);
    const seen: Event[] = [];
    for (let isOpen = true; isOpen;) {
      // Five events a connection, then again from the last one seen.
      const events = await eventsOf(id, seen.at(-1)?.seq ?? 0);
      for (let read = 0; read < 5 && isOpen; read += 1) {
        const { value, done } = await events.next();
        if (done) isOpen = false;
        else seen.push(value);
      }
      await events.return!();
    }
    await finishing;
    expect(seen.map(({ seq }) => seq)).toEqual(Array.from({ length: 36 }, (_, index) => index + 1));
    expect(seen.flatMap(({ items }) => items.map(({ index }) => index)).sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, index) => index));
    expect(seen.map(({ kind }) => kind)).toEqual(['QUEUED', 'STARTED', ...Array<string>(33).fill('ITEMS_FINISHED'), 'SUCCEEDED']);
    expect(seen[5]!.items[0]!.outputs).toEqual([{ json: [1, 2] }]);
  });

  it('wake a reader that waits, and end with the final state', async () => {
    const lease = { jobId: await bench.submit(deployed.fullName), chunk: 0, lease: 1 };
    const events = await eventsOf(lease.jobId);
    const updates = await follow<{ status: string }>(bench.subgraph, UPDATES, { variables: { id: lease.jobId } });
    expect((await events.next()).value).toMatchObject({ seq: 1, kind: 'QUEUED' });
    expect((await updates.next()).value).toMatchObject({ status: 'QUEUED' });
    const [event, update] = [events.next(), updates.next()];
    await bench.ledger.claim(worker, [lease]);
    expect([(await event).value, (await update).value]).toMatchObject([{ kind: 'STARTED' }, { status: 'RUNNING' }]);
    await bench.ledger.finish(worker, [makeFinished(lease, 1)]);
    expect([(await events.next()).value, (await updates.next()).value]).toMatchObject([{ kind: 'SUCCEEDED' }, { status: 'SUCCEEDED', finishedCount: 1 }]);
    expect([await events.next(), await updates.next()]).toMatchObject([{ done: true }, { done: true }]);
  });

  it('go on past a final state that a retry has left', async () => {
    const id = await bench.submit(deployed.fullName);
    await bench.services.jobs.cancel(SCOPE, id);
    await bench.services.jobs.retry(SCOPE, id);
    const lease = { jobId: id, chunk: 0, lease: 2 };
    await bench.ledger.claim(worker, [lease]);
    await bench.ledger.finish(worker, [makeFinished(lease, 1)]);
    const kinds: string[] = [];
    for await (const { kind } of await eventsOf(id)) kinds.push(kind);
    expect(kinds).toEqual(['QUEUED', 'CANCELED', 'RETRIED', 'STARTED', 'SUCCEEDED']);
  });

  it('end at once when the reader leaves while waiting', async () => {
    const id = await bench.submit(deployed.fullName);
    const events = await eventsOf(id, 1);
    const waiting = events.next();
    await events.return!();
    expect(await waiting).toMatchObject({ done: true });
  });

  it('of many jobs that wake together are read in one statement', async () => {
    const ids = await Promise.all(Array.from({ length: 20 }, () => bench.submit(deployed.fullName)));
    const leases = ids.map((jobId) => ({ jobId, chunk: 0, lease: 1 }));
    const streams = await Promise.all(ids.map((id) => eventsOf(id, 1)));
    const waiting = streams.map((stream) => stream.next());
    const reads = (await statementsOf(async () => {
      await bench.ledger.claim(worker, leases);
      await Promise.all(waiting);
    })).filter((text) => text.includes('from job_event'));
    expect(reads.length).toBeLessThanOrEqual(4);
    await Promise.all(streams.map((stream) => stream.return!()));
  });

  it('refuse strangers, unknown jobs and cursors that cannot be', async () => {
    const id = await bench.submit(deployed.fullName);
    const stranger = { caller: makeCaller({ other: 'ADMIN' }), variables: { id } };
    await expect(follow(bench.subgraph, EVENTS, stranger)).rejects.toThrow('JOB_NOT_FOUND');
    await expect(follow(bench.subgraph, UPDATES, stranger)).rejects.toThrow('JOB_NOT_FOUND');
    await expect(eventsOf(newId())).rejects.toThrow('JOB_NOT_FOUND');
    await expect(eventsOf(id, 2)).rejects.toThrow('CURSOR_INVALID');
    await expect(eventsOf(id, -1)).rejects.toThrow('CURSOR_INVALID');
    await expect(eventsOf('0190a000-0000-7000-8000-000000000000', 3)).rejects.toThrow('CURSOR_EXPIRED');
  });
});
