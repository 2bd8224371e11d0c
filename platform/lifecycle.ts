/** States and where each may go next. A state without successors is final. */
export type Lifecycle<State extends string> = Readonly<Record<State, readonly State[]>>;

export function canMove<State extends string>(lifecycle: Lifecycle<State>, from: State, to: State): boolean {
  return lifecycle[from].includes(to);
}

export function isFinal<State extends string>(lifecycle: Lifecycle<State>, state: State): boolean {
  return lifecycle[state].length === 0;
}

/** The states from which `to` can be reached in one step: what a compare-and-set names in its `where`. */
export function statesBefore<State extends string>(lifecycle: Lifecycle<State>, to: State): State[] {
  return (Object.keys(lifecycle) as State[]).filter((from) => canMove(lifecycle, from, to));
}

/** Every step as two parallel arrays, so that one statement can compare-and-set many rows that go different ways. */
export function stepsOf<State extends string>(lifecycle: Lifecycle<State>): { from: State[]; to: State[] } {
  const steps = (Object.keys(lifecycle) as State[]).flatMap((from) => lifecycle[from].map((to) => ({ from, to })));
  return { from: steps.map(({ from }) => from), to: steps.map(({ to }) => to) };
}
