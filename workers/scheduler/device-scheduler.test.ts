import { DeviceScheduler, type DeviceSlot } from './device-scheduler';
import type { Schedulable } from './schedule-policy';

const describeRun = (overrides: Partial<Schedulable> = {}) => (): Schedulable => ({ arrivedAt: performance.now(), predictedMs: 1, weightMs: overrides.predictedMs ?? 1, deadlineAt: null, priority: 0, namespace: '', ...overrides });

describe('a device', () => {
  beforeEach(() => jest.useFakeTimers({ now: 0 }));
  afterEach(() => jest.useRealTimers());

  it('gives free slots at once, without a turn of the event loop', () => {
    const device = new DeviceScheduler({ policy: 'FIFO', slots: 2 });
    const slots = [device.take('n', describeRun()), device.take('n', describeRun())];
    expect(slots.every((slot) => 'release' in slot)).toBe(true);
    expect(device.take('n', describeRun())).toBeInstanceOf(Promise);
    expect(device.queue).toEqual({ depth: 1, waitingMs: 1 });
  });

  it('gives a freed slot by the policy', async () => {
    const device = new DeviceScheduler({ policy: 'SRT', slots: 1 });
    const first = device.take('n', describeRun()) as DeviceSlot;
    const order: string[] = [];
    const wait = async (name: string, predictedMs: number): Promise<void> => {
      const slot = await device.take('n', describeRun({ predictedMs }));
      order.push(name);
      slot!.release();
    };
    const all = [wait('long', 400), wait('short', 2)];
    first.release();
    first.release();
    await Promise.all(all);
    expect(order).toEqual(['short', 'long']);
    expect(device.queue.depth).toBe(0);
  });

  it('shares time and not turns between namespaces, also with one whose short runs wait one at a time', async () => {
    const device = new DeviceScheduler({ policy: 'SRT', slots: 1 });
    const turns: string[] = [];
    let isOver = false;
    const replica = async (namespace: string, ms: number): Promise<void> => {
      let next = device.take(namespace, describeRun({ namespace, predictedMs: ms }));
      while (!isOver) {
        const slot = await next;
        turns.push(namespace);
        await new Promise((resolve) => setTimeout(resolve, ms));
        next = device.take(namespace, describeRun({ namespace, predictedMs: ms }));
        slot!.release();
      }
    };
    for (const [namespace, ms] of [['short', 2], ['long', 100], ['long', 100]] as const) void replica(namespace, ms);
    await jest.advanceTimersByTimeAsync(4_000);
    isOver = true;
    const share = (turns.filter((namespace) => namespace === 'short').length * 2) / 4_000;
    expect(share).toBeGreaterThan(0.4);
  });

  it('refuses what would be done too late, and serves the next', async () => {
    const device = new DeviceScheduler({ policy: 'EDF', slots: 1 });
    const first = device.take('n', describeRun()) as DeviceSlot;
    const [late, next] = [device.take('n', describeRun({ predictedMs: 50, deadlineAt: performance.now() + 20 })), device.take('n', describeRun())];
    first.release();
    expect(await late).toBeNull();
    expect(await next).not.toBeNull();
  });

  it('lends the slot of a run that does not end, once', async () => {
    const device = new DeviceScheduler({ policy: 'FIFO', slots: 1 });
    const endless = device.take('n', describeRun()) as DeviceSlot;
    const [second, third] = [device.take('n', describeRun()), device.take('n', describeRun())];
    await jest.advanceTimersByTimeAsync(1_000);
    const slot = await second;
    endless.release();
    expect(device.queue.depth).toBe(1);
    slot!.release();
    expect(await third).not.toBeNull();
  });
});
