import { GraphQLError, type ExecutionResult, type GraphQLFormattedError } from 'graphql';
import { entitiesAt, pathsAt } from './entity-path';
import type { Execution } from './execution';
import { mergeInto } from './merge';
import type { EntityLookup, EntityStep } from './plan';
import { RepresentationList } from './representation';
import { commonPrefix, isObject, type ResponseObject, type ResponsePath } from './response';
import { applyRewrites, rewritePath } from './rewrite';

/** An entity of the response that waits for its further fields. */
interface Target {
  readonly entity: ResponseObject;
  /** Its position in the representations; -1 when it cannot be looked up. */
  readonly slot: number;
}

interface Call {
  readonly lookup: EntityLookup;
  /** In the order of `pathsAt` over the lookup's paths. */
  readonly targets: readonly Target[];
}

/** Collects the entities, asks for each once, and merges the answers into every place that holds them. */
export async function executeEntityStep(step: EntityStep, execution: Execution): Promise<void> {
  const lists = new Map<string, RepresentationList>();
  const calls = step.lookups.map((lookup) => collect(lookup, listOf(lists, lookup.variable), execution.data));
  if (![...lists.values()].some(({ items }) => items.length > 0)) return;
  const variables = execution.variablesFor(step) ?? {};
  for (const [name, { items }] of lists) variables[name] = items;
  const result = await execution.call(step, variables, () => commonPrefix(calls.flatMap((call) => waitingPaths(call, execution))));
  if (!result) return;
  if (result.errors?.length) relocate(result.errors, { step, calls, execution });
  for (const call of calls) {
    const fault = faultOf(result, call, lists.get(call.lookup.variable)!.items.length);
    if (fault === null) distribute(call, result.data!);
    else if (!result.errors?.length) execution.report(new GraphQLError(fault), step, commonPrefix(waitingPaths(call, execution)));
  }
}

/** The list must answer each representation at its place (federation's subgraph specification); of any other list nobody knows what is whose. */
function faultOf({ data }: ExecutionResult, { lookup }: Call, count: number): string | null {
  const answers: unknown = data?.[lookup.alias];
  if (!Array.isArray(answers)) return 'The subgraph answers no list of entities.';
  if (answers.length !== count) return `The subgraph answers ${answers.length} entities where ${count} were asked for.`;
  return answers.every((answer) => answer === null || isObject(answer)) ? null : 'The subgraph answers entities that are no objects.';
}

function listOf(lists: Map<string, RepresentationList>, variable: string): RepresentationList {
  const list = lists.get(variable) ?? new RepresentationList();
  lists.set(variable, list);
  return list;
}

function collect(lookup: EntityLookup, list: RepresentationList, data: ResponseObject): Call {
  const entities = lookup.paths.flatMap((path) => entitiesAt(data, path));
  return { lookup, targets: entities.map((entity) => ({ entity, slot: list.add(entity, lookup.representation) })) };
}

function distribute({ lookup, targets }: Call, data: NonNullable<ExecutionResult['data']>): void {
  const answers = data[lookup.alias] as unknown[];
  applyRewrites(answers, lookup.outputRewrites);
  const uses = new Map<number, number>();
  for (const { slot } of targets) uses.set(slot, (uses.get(slot) ?? 0) + 1);
  for (const { entity, slot } of targets) {
    const answer: unknown = answers[slot];
    if (!isObject(answer)) continue;
    mergeInto(entity, answer, uses.get(slot)! > 1, lookup.asked);
    const typename = lookup.asked.has('__typename') ? answer['__typename'] : undefined;
    if (typeof typename === 'string' && lookup.provisionalTypes.has(String(entity['__typename']))) entity['__typename'] = typename;
  }
}

/** `_entities` positions mean nothing to a client: an error is told wherever the response holds that entity. */
function relocate(
  errors: readonly GraphQLFormattedError[], { step, calls, execution }: { step: EntityStep; calls: readonly Call[]; execution: Execution },
): void {
  const places = new Map(calls.map((call) => [call.lookup.alias, { call, paths: pathsBySlot(call, execution) }]));
  for (const error of errors) {
    const [alias, slot, ...rest] = error.path ?? [];
    const place = places.get(String(alias));
    if (!place || typeof slot !== 'number') {
      const concerned = place ? [place.call] : calls;
      execution.report(error, step, commonPrefix(concerned.flatMap((call) => waitingPaths(call, execution))));
      continue;
    }
    const inEntity = rewritePath(rest, place.call.lookup.outputRewrites);
    for (const path of place.paths.get(slot) ?? []) execution.report(error, step, [...path, ...inEntity]);
  }
}

function pathsBySlot(call: Call, execution: Execution): Map<number, ResponsePath[]> {
  const bySlot = new Map<number, ResponsePath[]>();
  targetPaths(call, execution).forEach((path, index) => {
    const { slot } = call.targets[index]!;
    bySlot.set(slot, [...(bySlot.get(slot) ?? []), path]);
  });
  return bySlot;
}

function waitingPaths(call: Call, execution: Execution): ResponsePath[] {
  return targetPaths(call, execution).filter((_, index) => call.targets[index]!.slot >= 0);
}

function targetPaths({ lookup }: Call, { data }: Execution): ResponsePath[] {
  return lookup.paths.flatMap((path) => pathsAt(data, path));
}
