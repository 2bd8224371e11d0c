import { SingleFlight } from './single-flight';

const never = new AbortController().signal;
const tick = (): Promise<void> => new Promise((resolve) => { setImmediate(resolve); });

function makeFlights({ keep = async () => undefined as void } = {}) {
  const flights = new SingleFlight<string>({ keep, isShared: (error) => (error as Error).message === 'refused' });
  const runs: { resolve(value: string): void; reject(error: Error): void }[] = [];
  const compute = () => new Promise<string>((resolve, reject) => { runs.push({ resolve, reject }); });
  return { flights, runs, ask: (signal = never, key = 'k') => flights.during(key, signal, compute) };
}

describe('equal questions at the same time', () => {
  it('are computed once, and told who computed', async () => {
    const { runs, ask } = makeFlights();
    const answers = Promise.all([ask(), ask(), ask()]);
    expect(runs).toHaveLength(1);
    runs[0]!.resolve('a');
    expect(await answers).toEqual([{ value: 'a', isOwn: true }, { value: 'a', isOwn: false }, { value: 'a', isOwn: false }]);
  });

  it('are others than questions of another key', async () => {
    const { runs, ask } = makeFlights();
    void ask();
    void ask(never, 'other');
    expect(runs).toHaveLength(2);
  });

  it('begin anew, as one, when whoever computed them was canceled', async () => {
    const { runs, ask } = makeFlights();
    const first = ask();
    const others = Promise.all([ask(), ask()]);
    runs[0]!.reject(new Error('canceled'));
    await expect(first).rejects.toThrow('canceled');
    await tick();
    expect(runs).toHaveLength(2);
    runs[1]!.resolve('b');
    expect(await others).toEqual([{ value: 'b', isOwn: true }, { value: 'b', isOwn: false }]);
  });

  it('share a failure that would only repeat, and keep nothing of it', async () => {
    const { runs, ask } = makeFlights();
    const answers = [ask(), ask()];
    runs[0]!.reject(new Error('refused'));
    for (const answer of answers) await expect(answer).rejects.toThrow('refused');
    const next = ask();
    expect(runs).toHaveLength(2);
    runs[1]!.resolve('c');
    expect(await next).toEqual({ value: 'c', isOwn: true });
  });

  it('stop waiting with their own caller, and leave the computation to the others', async () => {
    const { runs, ask } = makeFlights();
    const caller = new AbortController();
    const [first, second] = [ask(), ask(caller.signal)];
    caller.abort(new Error('gone'));
    await expect(second).rejects.toThrow('gone');
    runs[0]!.resolve('d');
    expect(await first).toMatchObject({ value: 'd' });
  });

  it('share the value until it is kept, so that none falls between', async () => {
    let kept = (): void => undefined;
    const { runs, ask } = makeFlights({ keep: () => new Promise<void>((resolve) => { kept = resolve; }) });
    const first = ask();
    runs[0]!.resolve('e');
    await first;
    expect(await ask()).toEqual({ value: 'e', isOwn: false });
    kept();
    await tick();
    void ask();
    expect(runs).toHaveLength(2);
  });
});
