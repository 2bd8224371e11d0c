import { Coalescer } from '../../../platform/coalescer';
import type { Database } from '../../../platform/database/database';
import { messageOf } from '../../../platform/errors';
import type { Log } from '../../../platform/log';
import { ELEMENT_BYTES } from '../../../platform/tensor/datatype';
import { elementCount } from '../../../platform/tensor/element-count';
import { packFrame, unpackFrame } from '../../../platform/tensor/frame';
import type { ChunkTensor } from '../worker.contract';

export interface ResultName {
  revisionId: string;
  /** As `resultKey` makes it. */
  key: string;
}

export interface KeptResult {
  /** Large ones may be blobs, which may be gone. */
  outputs: ChunkTensor[];
  /** What computing it took. */
  computeMs: number;
}

export interface NewResult extends ResultName, KeptResult {
  deploymentId: string;
  ttlMs: number;
  /** Of all results of the deployment. */
  maxBytes: number;
}

/** A larger result is not kept: reading it back would cost what it saves. */
const RESULT_MAX_BYTES = 16 * 1_048_576;
/** A deployment is trimmed when a process has added this share of its bytes: each process may exceed the limit by as much. */
const TRIM_SHARE = 1 / 16;
const EXPIRED_PER_STATEMENT = 1_000;
const READS_TOGETHER = 64;

/**
 * Results by what they were computed from. It never fails anyone: what cannot be read is computed, what cannot be written is not kept.
 */
export class ResultStore {
  readonly #reads = new Coalescer<ResultName, KeptResult | null>({ maxBatch: READS_TOGETHER, maxInFlight: 2, run: (names) => this.#read(names) });
  readonly #addedBytes = new Map<string, number>();

  constructor(private readonly database: Database, private readonly log: Log) {}

  /** Null where there is none. */
  async find(name: ResultName): Promise<KeptResult | null> {
    try {
      return await this.#reads.add(name);
    } catch (error) {
      this.log.warn({ reason: messageOf(error) }, 'results not read, they are computed');
      return null;
    }
  }

  /** Which of them are kept, without reading them. */
  async has(names: readonly ResultName[]): Promise<boolean[]> {
    try {
      const rows = await this.database.query<{ position: string }>({
        name: 'inference-results-kept',
        text: `select w.position from unnest($1::uuid[], $2::text[]) with ordinality as w(revision_id, key, position)
               join inference_result r on r.revision_id = w.revision_id and r.key = decode(w.key, 'hex') where r.expires_at > now()`,
        values: [names.map(({ revisionId }) => revisionId), names.map(({ key }) => key)],
      });
      const kept = new Set(rows.map(({ position }) => Number(position) - 1));
      return names.map((_, index) => kept.has(index));
    } catch (error) {
      this.log.warn({ reason: messageOf(error) }, 'results not read, they are computed');
      return names.map(() => false);
    }
  }

  /** A result that is there already is replaced: this one is younger. */
  async keep(results: readonly NewResult[]): Promise<void> {
    const rows = results.flatMap((result) => rowOf(result) ?? []);
    if (rows.length === 0) return;
    try {
      await this.#write(rows);
      for (const deploymentId of new Set(rows.map((row) => row.deploymentId))) await this.#trim(rows.filter((row) => row.deploymentId === deploymentId));
    } catch (error) {
      this.log.warn({ reason: messageOf(error) }, 'results not kept');
    }
  }

  async forgetExpired(): Promise<void> {
    for (let gone = EXPIRED_PER_STATEMENT; gone === EXPIRED_PER_STATEMENT;) {
      gone = (await this.database.query({
        text: `delete from inference_result where (revision_id, key) in (select revision_id, key from inference_result where expires_at < now() limit $1) returning 1`,
        values: [EXPIRED_PER_STATEMENT],
      })).length;
    }
  }

  async #read(names: readonly ResultName[]): Promise<(KeptResult | null)[]> {
    const rows = await this.database.query<{ position: string; outputs: Buffer; computeMs: number }>({
      name: 'inference-results',
      text: `select w.position, r.outputs, r.compute_ms as "computeMs" from unnest($1::uuid[], $2::text[]) with ordinality as w(revision_id, key, position)
             join inference_result r on r.revision_id = w.revision_id and r.key = decode(w.key, 'hex') where r.expires_at > now()`,
      values: [names.map(({ revisionId }) => revisionId), names.map(({ key }) => key)],
    });
    const answers = names.map<KeptResult | null>(() => null);
    for (const { position, outputs, computeMs } of rows) answers[Number(position) - 1] = { outputs: unpackFrame(outputs)[0] as ChunkTensor[], computeMs };
    return answers;
  }

  /** In one order everywhere, so that no two statements wait for each other; of equal names in one statement the last counts. */
  async #write(rows: readonly ResultRow[]): Promise<void> {
    const byName = new Map(rows.map((row) => [`${row.revisionId}/${row.key}`, row]));
    const unique = [...byName.values()];
    let start = 0;
    const records = unique.map(({ frame, ...row }) => {
      start += frame.byteLength;
      return { ...row, start: start - frame.byteLength, size: frame.byteLength };
    });
    await this.database.query({
      name: 'inference-results-keep',
      text: `insert into inference_result (revision_id, key, deployment_id, outputs, size_bytes, compute_ms, expires_at)
             select "revisionId", decode(key, 'hex'), "deploymentId", substring($2::bytea from start + 1 for size), "sizeBytes", "computeMs", now() + "ttlMs" * interval '1 ms'
             from json_to_recordset($1::json) as r("revisionId" uuid, key text, "deploymentId" uuid, start int, size int, "sizeBytes" bigint, "computeMs" real, "ttlMs" float8)
             order by 1, 2
             on conflict (revision_id, key) do update set outputs = excluded.outputs, size_bytes = excluded.size_bytes, compute_ms = excluded.compute_ms, expires_at = excluded.expires_at`,
      values: [JSON.stringify(records), Buffer.concat(unique.map(({ frame }) => frame))],
    });
  }

  /** Not after each write: it reads all that the deployment keeps. The first one of a process does, for what others have left. */
  async #trim(rows: readonly ResultRow[]): Promise<void> {
    const { deploymentId, maxBytes } = rows[0]!;
    const added = (this.#addedBytes.get(deploymentId) ?? Infinity) + rows.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    this.#addedBytes.set(deploymentId, added);
    if (added < TRIM_SHARE * maxBytes) return;
    this.#addedBytes.set(deploymentId, 0);
    await this.database.query({
      name: 'inference-results-trim',
      text: `delete from inference_result where (revision_id, key) in (
               select revision_id, key from (
                 select revision_id, key, sum(size_bytes) over (order by expires_at desc, key) as behind from inference_result where deployment_id = $1
               ) r where behind > $2)`,
      values: [deploymentId, maxBytes],
    });
  }
}

interface ResultRow extends ResultName {
  deploymentId: string;
  frame: Buffer;
  /** Blobs count as well, though they lie elsewhere. */
  sizeBytes: number;
  computeMs: number;
  ttlMs: number;
  maxBytes: number;
}

function rowOf({ revisionId, key, deploymentId, outputs, computeMs, ttlMs, maxBytes }: NewResult): ResultRow | null {
  const frame = packFrame([outputs]);
  const sizeBytes = outputs.reduce((sum, tensor) => sum + ('blob' in tensor ? blobBytes(tensor) : 0), frame.byteLength);
  if (frame.byteLength > RESULT_MAX_BYTES || sizeBytes > maxBytes) return null;
  return { revisionId, key, deploymentId, frame, sizeBytes, computeMs, ttlMs, maxBytes };
}

/** Of text the size is unknown here: it counts as if each element were a short word. */
function blobBytes(tensor: Extract<ChunkTensor, { blob: string }>): number {
  const { datatype } = tensor;
  return elementCount(tensor) * (datatype === 'BYTES' ? 16 : ELEMENT_BYTES[datatype]);
}
