import { simulate, type SimulatedRun, type SimulatedTask } from './simulation';

/** Numbers in (0, 1) that are the same in every run. */
function fractions(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

const SERVICES_MS = [2, 10, 50, 400];
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const quantile = (values: readonly number[], part: number): number => [...values].sort((a, b) => a - b)[Math.floor(part * values.length)]!;

/** Poisson arrivals that keep one device busy for `load` of the time; each kind of task takes a quarter of it. */
function trace(count: number, load: number, overrides: (serviceMs: number, arrivedAt: number) => Partial<SimulatedTask> = () => ({})): SimulatedTask[] {
  const next = fractions(7);
  const weights = SERVICES_MS.map((ms) => 1 / ms);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const meanServiceMs = SERVICES_MS.length / total;
  let arrivedAt = 0;
  return Array.from({ length: count }, () => {
    arrivedAt += (-Math.log(next()) * meanServiceMs) / load;
    let draw = next() * total;
    const serviceMs = SERVICES_MS.find((_, kind) => (draw -= weights[kind]!) <= 0) ?? 400;
    return { arrivedAt, serviceMs, predictedMs: serviceMs, weightMs: serviceMs, deadlineAt: null, priority: 0, namespace: 'n', ...overrides(serviceMs, arrivedAt) };
  });
}

const responses = (runs: readonly SimulatedRun[]): number[] => runs.flatMap(({ task, endedAt }) => (endedAt === null ? [] : [endedAt - task.arrivedAt]));

describe('a simulated device', () => {
  it('waits under FIFO as Pollaczek and Khinchine say, within 3 %', () => {
    const tasks = trace(1_000_000, 0.7);
    const span = tasks.at(-1)!.arrivedAt;
    const services = tasks.map(({ serviceMs }) => serviceMs);
    const load = (mean(services) * services.length) / span;
    const expectedMs = ((services.length / span) * mean(services.map((ms) => ms * ms))) / (2 * (1 - load));
    const waitedMs = mean(simulate(tasks, { policy: 'FIFO' }).map(({ task, endedAt }) => endedAt! - task.arrivedAt - task.serviceMs));
    expect(Math.abs(waitedMs / expectedMs - 1)).toBeLessThan(0.03);
  });

  it('answers in less than half the mean time under SRT, and the longest wait at most twice as long', () => {
    const tasks = trace(40_000, 0.9);
    const [fifo, srt] = (['FIFO', 'SRT'] as const).map((policy) => responses(simulate(tasks, { policy })));
    expect(mean(srt!)).toBeLessThan(0.5 * mean(fifo!));
    expect(quantile(srt!, 0.995)).toBeLessThan(2 * quantile(fifo!, 0.995));
  });

  it('keeps goodput under overload by dropping what would be late', () => {
    const deadline = (serviceMs: number, arrivedAt: number) => ({ deadlineAt: arrivedAt + 10 * serviceMs + 200 });
    const tasks = trace(20_000, 1.2, deadline);
    const inTime = (runs: readonly SimulatedRun[], due: ReadonlyMap<number, number>) => runs.filter(({ task, endedAt }) => endedAt !== null && endedAt <= due.get(task.arrivedAt)!).length / runs.length;
    const due = new Map(tasks.map(({ arrivedAt, deadlineAt }) => [arrivedAt, deadlineAt!]));
    const undropped = tasks.map((task) => ({ ...task, deadlineAt: null }));
    expect(inTime(simulate(tasks, { policy: 'SRT' }), due)).toBeGreaterThan(0.45);
    expect(inTime(simulate(undropped, { policy: 'FIFO' }), due)).toBeLessThan(0.1);
  });

  it('uses all its slots', () => {
    const tasks = trace(1_000, 50);
    const busyMs = tasks.reduce((sum, { serviceMs }) => sum + serviceMs, 0);
    const endedAt = Math.max(...simulate(tasks, { policy: 'FIFO', slots: 4 }).map((run) => run.endedAt!));
    expect(endedAt).toBeLessThan(busyMs / 4 + 1_000);
  });
});
