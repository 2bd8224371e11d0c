import { groupBy } from '../../../platform/collection/group-by';
import type { Database } from '../../../platform/database/database';
import { PlatformError, type ErrorCode } from '../../../platform/errors';
import type { SequenceBatch, SequenceRequest } from '../../../platform/stream/sequence-batch';
import { tokenStep, type FinishReason, type GenerationStep } from './generation-event';
import type { GenerationRequest } from './generation.request';

export interface KeptGeneration {
  id: string;
  namespace: string;
  deploymentId: string;
  revisionId: string;
  request: GenerationRequest;
  lease: number;
  seq: number;
  leftMs: number;
  bodySha256: string;
}

export interface GenerationLease {
  id: string;
  lease: number;
}

export interface NewGeneration {
  id: string;
  namespace: string;
  deploymentId: string;
  revisionId: string;
  principalId: string;
  key: string;
  bodySha256: string;
  request: GenerationRequest;
  timeoutMs: number;
}

interface EventRow {
  position: string;
  state: 'RUNNING' | 'ENDED';
  lastSeq: number;
  finishReason: FinishReason | null;
  errorCode: ErrorCode | null;
  errorMessage: string | null;
  firstSeq: number | null;
  tokens: number[] | null;
}

/** Silent for so long, its process is taken for lost. */
const SILENT_S = 10;
const KEPT_HOURS = 24;
const COLUMNS = `id, namespace, deployment_id as "deploymentId", revision_id as "revisionId", request, lease, seq, encode(body_sha256, 'hex') as "bodySha256",
  greatest(0, extract(epoch from deadline_at - now()) * 1000)::int as "leftMs"`;

/** Generations that are kept. Every change of a row that runs names its lease: who lost it changes nothing. */
export class GenerationStore {
  constructor(private readonly database: Database) {}

  /** Null when the key has one already. */
  async insert({ id, namespace, deploymentId, revisionId, principalId, key, bodySha256, request, timeoutMs }: NewGeneration): Promise<KeptGeneration | null> {
    const rows = await this.database.query<KeptGeneration>({
      text: `insert into generation (id, namespace, deployment_id, revision_id, principal_id, key, body_sha256, request, deadline_at)
             values ($1, $2, $3, $4, $5, $6, decode($7, 'hex'), $8, now() + $9 * interval '1 millisecond') on conflict (namespace, principal_id, key) do nothing returning ${COLUMNS}`,
      values: [id, namespace, deploymentId, revisionId, principalId, key, bodySha256, JSON.stringify(request), timeoutMs],
    });
    return rows[0] ?? null;
  }

  async byKey({ namespace, principalId, key }: Pick<NewGeneration, 'namespace' | 'principalId' | 'key'>): Promise<KeptGeneration | null> {
    const rows = await this.database.query<KeptGeneration>({
      text: `select ${COLUMNS} from generation where namespace = $1 and principal_id = $2 and key = $3`, values: [namespace, principalId, key],
    });
    return rows[0] ?? null;
  }

  async namespaceOf(id: string): Promise<string | null> {
    const rows = await this.database.query<{ namespace: string }>({ text: 'select namespace from generation where id = $1', values: [id] });
    return rows[0]?.namespace ?? null;
  }

  async tokensOf(id: string): Promise<number[]> {
    const rows = await this.database.query<{ tokens: number[] }>({ text: 'select tokens from generation_tokens where generation_id = $1 order by first_seq', values: [id] });
    return rows.flatMap(({ tokens }) => tokens);
  }

  /** False: the lease is lost. */
  async append({ id, lease }: GenerationLease, tokens: readonly number[]): Promise<boolean> {
    const rows = await this.database.query({
      name: 'inference-generation-append',
      text: `with held as (
               update generation set seq = seq + cardinality($3::int[]), seen_at = now() where id = $1 and lease = $2 and state = 'RUNNING' returning id, seq
             ), kept as (
               insert into generation_tokens select id, seq - cardinality($3::int[]) + 1, $3::int[] from held where cardinality($3::int[]) > 0
             ) select id from held`,
      values: [id, lease, tokens],
    });
    return rows.length > 0;
  }

  /** With the lease of whoever steps it, or, canceled, with none. False: it has ended before, or the lease is lost. */
  async end(id: string, lease: number | null, { finishReason, error }: { finishReason: FinishReason; error: { code: ErrorCode; message: string } | null }): Promise<boolean> {
    const rows = await this.database.query({
      text: `update generation set state = 'ENDED', seq = seq + 1, finish_reason = $3, error_code = $4, error_message = $5
             where id = $1 and ($2::int is null or lease = $2) and state = 'RUNNING' returning id`,
      values: [id, lease, finishReason, error?.code ?? null, error?.message ?? null],
    });
    return rows.length > 0;
  }

  /** Takes those over whose process has been silent. */
  takeSilent(limit: number): Promise<KeptGeneration[]> {
    return this.database.query<KeptGeneration>({
      text: `update generation set lease = lease + 1, seen_at = now() where id in (
               select id from generation where state = 'RUNNING' and seen_at < now() - ${SILENT_S} * interval '1 second' order by seen_at limit $1 for update skip locked
             ) returning ${COLUMNS}`,
      values: [limit],
    });
  }

  /** Whoever looks next takes it over, without waiting for it to be silent. */
  async letGo(leases: readonly GenerationLease[]): Promise<void> {
    await this.database.query({
      text: `update generation g set seen_at = 'epoch' from unnest($1::uuid[], $2::int[]) as l(id, lease) where g.id = l.id and g.lease = l.lease and g.state = 'RUNNING'`,
      values: [leases.map(({ id }) => id), leases.map(({ lease }) => lease)],
    });
  }

  async forgetOld(): Promise<void> {
    await this.database.query({ text: `delete from generation where created_at < now() - $1 * interval '1 hour'`, values: [KEPT_HOURS] });
  }

  /** Reads on for many readers in one statement. */
  async readAfter(requests: readonly SequenceRequest[]): Promise<(SequenceBatch<GenerationStep> | PlatformError)[]> {
    const rows = await this.database.query<EventRow>({
      name: 'inference-generation-events',
      text: `select w.position, g.state, g.seq as "lastSeq", g.finish_reason as "finishReason", g.error_code as "errorCode", g.error_message as "errorMessage",
               t.first_seq as "firstSeq", t.tokens
             from unnest($1::uuid[], $2::int[]) with ordinality as w(id, after, position) join generation g on g.id = w.id
             left join generation_tokens t on t.generation_id = g.id and t.first_seq + cardinality(t.tokens) > w.after + 1 order by w.position, t.first_seq`,
      values: [requests.map(({ id }) => id), requests.map(({ after }) => after)],
    });
    const byPosition = groupBy(rows, ({ position }) => Number(position));
    return requests.map(({ after }, index) => toBatch(after, byPosition.get(index + 1)));
  }
}

function toBatch(after: number, rows: readonly EventRow[] | undefined): SequenceBatch<GenerationStep> | PlatformError {
  if (!rows) return expired();
  const { state, lastSeq, finishReason, errorCode, errorMessage } = rows[0]!;
  const events = rows.flatMap(({ firstSeq, tokens }) => (tokens ?? []).map((token, index) => tokenStep(firstSeq! + index, token))).filter(({ seq }) => seq > after);
  const isComplete = state === 'ENDED';
  if (isComplete && after < lastSeq) {
    events.push({ seq: lastSeq, token: null, finishReason, error: errorCode === null ? null : { code: errorCode, message: errorMessage ?? '' } });
  }
  return { events, hasMore: false, isComplete };
}

export function expired(): PlatformError {
  return new PlatformError('CURSOR_EXPIRED', 'The generation is no longer kept; begin it anew without `after`.');
}
