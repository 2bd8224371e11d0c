import { buildSchema, getOperationAST, parse, type ExecutionResult } from 'graphql';
import type { Caller } from '../../platform/caller';
import { PushedEvents } from '../federation/pushed-events';
import { SharedStreams } from './shared.streams';
import { StreamQuota } from './stream.quota';
import type { StreamEnd } from './stream.reader';
import { Subscriptions } from './subscriptions';

const SDL = `
  directive @tag(name: String!) repeatable on FIELD_DEFINITION | OBJECT
  type Query { me: Person }
  type Subscription {
    job(id: ID!): Job! @tag(name: "stream/state")
    events(id: ID!): Job! @tag(name: "other") @tag(name: "stream/log")
    ticks: Int!
  }
  type Job { id: ID! owner: Person mine: Boolean @tag(name: "personal") }
  type Person @tag(name: "personal") { name: String! }
`;

const ada: Caller = { principalId: 'ada', name: 'Ada', isOperator: false, roles: { a: 'VIEWER', b: 'ADMIN' } };
const bob: Caller = { principalId: 'bob', name: 'Bob', isOperator: false, roles: { b: 'ADMIN', a: 'VIEWER' } };
const eve: Caller = { ...bob, roles: { a: 'VIEWER' } };

function makeSubscriptions(caps = { perKey: 100, total: 100 }) {
  let opened = 0;
  const quota = new StreamQuota(caps);
  const streams = new SharedStreams({ sdl: SDL, apiSchema: buildSchema(SDL) });
  const sources: PushedEvents<ExecutionResult>[] = [];
  const subscribe = async () => { opened += 1; const source = new PushedEvents<ExecutionResult>(9, () => {}); sources.push(source); return source; };
  const subscriptions = new Subscriptions({ subscribe }, streams, quota);
  const documents = new Map<string, ReturnType<typeof parse>>();
  const open = (text: string, caller = ada, variables: Record<string, unknown> = { id: '1' }, carried = {}) => {
    const document = documents.get(text) ?? parse(text);
    documents.set(text, document);
    const ends: StreamEnd[] = [];
    const reader = { take: () => true, end: (end: StreamEnd) => ends.push(end) };
    const scope = { requestId: String(Math.random()), caller, ...carried };
    return { ...subscriptions.open({ document, operation: getOperationAST(document)!, variables, scope }, reader), ends };
  };
  return { open, upstreams: () => opened, quota, streams, sources };
}

const JOB = 'subscription ($id: ID!) { job(id: $id) { id } }';

describe('subscriptions', () => {
  it('share one upstream when document, variables and roles are equal', () => {
    const { open, upstreams } = makeSubscriptions();
    for (const caller of [ada, bob]) open(JOB, caller);
    open('subscription ($id: ID!) { events(id: $id) { id } }');
    open('subscription ($id: ID!) { events(id: $id) { id } }');
    expect(upstreams()).toBe(2);
  });

  it('share whatever is left of the budget of each key, and whatever trace each is part of', () => {
    const { open, upstreams } = makeSubscriptions();
    for (const remaining of [9, 8]) open(JOB, ada, { id: '1' }, { charge: { cost: 1, allowed: 10, balance: { remaining, resetAtMs: 0 } }, trace: { spanId: String(remaining) } });
    expect(upstreams()).toBe(1);
  });

  it.each<[string, { text?: string; caller?: Caller; variables?: Record<string, unknown>; carried?: object }]>([
    ['other variables', { variables: { id: '2' } }],
    ['other roles', { caller: eve }],
    ['an operator', { caller: { ...ada, isOperator: true } }],
    ['another document', { text: 'subscription ($id: ID!) { job(id: $id) { __typename } }' }],
    ['anything else the scope carries', { carried: { headers: { 'x-tenant': '7' } } }],
  ])('are apart with %s', (_title, other) => {
    const { open, upstreams } = makeSubscriptions();
    open(JOB);
    open(other.text ?? JOB, other.caller ?? ada, other.variables ?? { id: '1' }, other.carried ?? {});
    expect(upstreams()).toBe(2);
  });

  it.each([
    'subscription ($id: ID!) { job(id: $id) { owner { name } } }',
    'subscription ($id: ID!) { job(id: $id) { mine } }',
    'subscription ($id: ID!) { job(id: $id) { ...J } } fragment J on Job { o: owner { ...P } } fragment P on Person { name }',
  ])('that select what depends on who asks are shared by one principal alone: %s', (text) => {
    const { open, upstreams } = makeSubscriptions();
    for (const caller of [ada, ada, bob]) open(text, caller);
    expect(upstreams()).toBe(2);
  });

  it('of a field without a tag are never shared', () => {
    const { open, upstreams } = makeSubscriptions();
    open('subscription { ticks }');
    open('subscription { ticks }');
    open('subscription ($id: ID!) { ... { job(id: $id) { id } } }');
    open('subscription ($id: ID!) { ... { job(id: $id) { id } } }');
    expect(upstreams()).toBe(4);
  });

  it('are refused above the cap of a key and above that of the gateway, and free their place when they end or leave', () => {
    const { open, quota } = makeSubscriptions({ perKey: 2, total: 3 });
    const first = open(JOB);
    open(JOB);
    expect(() => open(JOB)).toThrow(expect.objectContaining({ code: 'TOO_MANY_STREAMS' }));
    open(JOB, bob);
    expect(() => open(JOB, eve)).toThrow(expect.objectContaining({ code: 'TOO_MANY_STREAMS' }));
    first.leave();
    first.leave();
    expect(quota.open).toBe(2);
    open(JOB);
  });

  it('leave nothing behind', async () => {
    const { open, quota, streams, sources } = makeSubscriptions();
    const [left, ended] = [open(JOB), open(JOB, ada, { id: '2' })];
    left.leave();
    await new Promise((resolve) => { setImmediate(resolve); });
    sources[1]!.end();
    await new Promise((resolve) => { setImmediate(resolve); });
    expect([quota.open, streams.size, ended.ends]).toEqual([0, 0, [{ kind: 'complete' }]]);
  });
});
