import { Coalescer } from '../../../platform/coalescer';
import type { Database } from '../../../platform/database/database';
import { newId } from '../../../platform/uuid';
import { GATE_SLOT } from '../load/load.sql';
import type { LoadStore } from '../load/load.store';
import type { JobPartitions } from '../sweep/job-partitions';
import { isLimited, submitStatement, type SubmitOutcome, type SubmitRecord } from './submit.statement';

const NO_PARTITION = '23514';
const MAX_BATCH = 64;

export interface SubmitWriterParts {
  database: Database;
  partitions: JobPartitions;
  loads: LoadStore;
}

/**
 * Writes submits: those that arrive together share one statement for all rows, audit events included. One statement is one transaction and one round trip.
 * Those under a limit have statements of their own, so that a gate which is held up holds up nobody else.
 */
export class SubmitWriter {
  readonly #free = new Coalescer<SubmitRecord, SubmitOutcome>({ maxBatch: MAX_BATCH, maxInFlight: 2, run: (records) => this.#writeFree(records) });
  readonly #limited = new Coalescer<SubmitRecord, SubmitOutcome>({ maxBatch: MAX_BATCH, maxInFlight: 1, run: (records) => this.#writeLimited(records) });
  /** Slots of the load that no statement of this process is writing. */
  readonly #slots = [`submit/${newId()}`, `submit/${newId()}`];

  constructor(private readonly parts: SubmitWriterParts) {}

  write(record: SubmitRecord): Promise<SubmitOutcome> {
    return (isLimited(record) ? this.#limited : this.#free).add(record);
  }

  async #writeFree(records: SubmitRecord[]): Promise<SubmitOutcome[]> {
    const slot = this.#slots.pop()!;
    try {
      return await this.#insert(records, slot);
    } finally {
      this.#slots.push(slot);
    }
  }

  /** The first submit under a limit makes the gate. */
  async #writeLimited(records: SubmitRecord[]): Promise<SubmitOutcome[]> {
    const outcomes = await this.#insert(records, GATE_SLOT);
    const ungated = records.filter((_, position) => outcomes[position]!.verdict === 'UNGATED');
    if (ungated.length === 0) return outcomes;
    await this.parts.loads.makeGates(ungated.map(({ deploymentId }) => deploymentId));
    const written = new Map((await this.#insert(ungated, GATE_SLOT)).map((outcome) => [outcome.id, outcome]));
    return outcomes.map((outcome) => written.get(outcome.id) ?? outcome);
  }

  async #insert(records: SubmitRecord[], slot: string): Promise<SubmitOutcome[]> {
    const { database, partitions } = this.parts;
    const insert = () => database.query<SubmitOutcome>(submitStatement(records, slot));
    const rows = await insert().catch(async (error: unknown) => {
      // Without a sweeper for days there is no partition for today; a submit must not wait for one.
      if ((error as { code?: unknown }).code !== NO_PARTITION) throw error;
      await partitions.ensure();
      return insert();
    });
    const byId = new Map(rows.map((row) => [row.id, row]));
    return records.map(({ id }) => byId.get(id) ?? { id, verdict: 'KEY_TAKEN', waiting: null, unfinished: null, limit: null });
  }
}
