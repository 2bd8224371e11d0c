import type { EventBus } from '../../../platform/bus/event-bus';
import type { Database } from '../../../platform/database/database';
import { messageOf, PlatformError, type ErrorCode } from '../../../platform/errors';
import type { Log } from '../../../platform/log';
import { inspectModel, type ModelFacts } from '../inspection';
import type { Artifacts } from '../worker.contract';
import type { ModelProber } from './model-prober';
import { findFilesBeside } from './version-file.store';
import { returnInspection, settleInspection, takeInspection, type InspectionOutcome, type PendingInspection } from './version.store';

export interface InspectorParts {
  database: Database;
  bus: EventBus;
  log: Log;
  artifacts: Artifacts;
  probe: ModelProber;
}

const LOOK_EVERY_MS = 5_000;
const MAX_ATTEMPTS = 3;
const PROBE_TIMEOUT_MS = 120_000;
const PROBE_BASE_MEMORY_BYTES = 1024 ** 3;
/** The file, the graph made of it, and its optimised copy with repacked weights. */
const PROBE_MEMORY_PER_FILE_BYTE = 4;

/**
 * Inspects new versions, one after the other over all processes: whoever holds the advisory lock works the rows that are INSPECTING, so a
 * version whose inspector died is found by the next look. The row is the queue; `wake` only saves the wait.
 */
export class VersionInspector {
  #timer: NodeJS.Timeout | null = null;
  #running: Promise<void> | null = null;
  #isWanted = false;
  #isStopped = false;

  constructor(private readonly parts: InspectorParts) {}

  start(): void {
    this.#timer = setInterval(() => this.wake(), LOOK_EVERY_MS);
    this.wake();
  }

  /** Waits for the inspection in hand. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    if (this.#timer) clearInterval(this.#timer);
    await this.#running;
  }

  /** Looks for work now; returns at once. */
  wake(): void {
    this.#isWanted = true;
    if (this.#isStopped) return;
    this.#running ??= this.#run().finally(() => { this.#running = null; });
  }

  async #run(): Promise<void> {
    try {
      while (this.#isWanted && !this.#isStopped) {
        this.#isWanted = false;
        await this.parts.database.exclusively('model-registry inspection', () => this.#drain());
      }
    } catch (error) {
      this.parts.log.warn({ reason: messageOf(error) }, 'inspection waits for its next look');
    }
  }

  async #drain(): Promise<void> {
    for (let pending = await takeInspection(this.parts.database); pending; pending = await takeInspection(this.parts.database)) {
      const outcome = await this.#inspect(pending);
      const { id, attempts } = pending;
      if (await settleInspection(this.parts.database, id, outcome)) {
        this.parts.log.info({ versionId: id, state: outcome.state, attempts }, 'model version inspected');
      }
      this.parts.bus.publish('model', id);
      if (this.#isStopped) return;
    }
  }

  /** @throws what is no fault of the file; the version stays INSPECTING for the next look */
  async #inspect(pending: PendingInspection): Promise<InspectionOutcome> {
    const { id, attempts } = pending;
    if (attempts > MAX_ATTEMPTS) return rejected('MODEL_INVALID', `The inspection of the file broke off ${MAX_ATTEMPTS} times.`);
    let facts: ModelFacts | null = null;
    try {
      const files = await this.#localFiles(pending);
      facts = storable(await inspectModel(files.model.file, { path: pending.path, beside: new Map(files.beside.map(({ path, sizeBytes }) => [path, sizeBytes])) }));
      const loadBytes = Math.max(pending.sizeBytes, facts.graph.weightBytes);
      const memoryBytes = PROBE_BASE_MEMORY_BYTES + PROBE_MEMORY_PER_FILE_BYTE * loadBytes;
      await this.parts.probe({ files, signature: facts.signature, limits: { memoryBytes, timeoutMs: PROBE_TIMEOUT_MS } });
      return { state: 'READY', ...facts };
    } catch (error) {
      const fault = await this.#withoutStore(pending, error);
      if (fault instanceof PlatformError && isVerdict(fault.code)) return { ...rejected(fault.code, fault.message), ...facts };
      this.parts.log.error({ err: fault, versionId: id, attempts }, 'inspection failed');
      if (fault instanceof PlatformError && fault.code === 'UNAVAILABLE') await returnInspection(this.parts.database, id);
      throw fault;
    }
  }

  /** A store that goes away in between makes good models look broken: what is said of a file counts only while it is there. */
  async #withoutStore(pending: PendingInspection, error: unknown): Promise<unknown> {
    if (!(error instanceof PlatformError && isVerdict(error.code))) return error;
    return this.#localFiles(pending).then(() => error, (fault: unknown) => fault);
  }

  async #localFiles({ id, path, digest }: PendingInspection) {
    const { database, artifacts } = this.parts;
    const beside = [];
    for (const file of (await findFilesBeside(database, [id])).get(id) ?? []) {
      beside.push({ path: file.path, sizeBytes: file.sizeBytes, file: await artifacts.localFile(file.digest) });
    }
    return { model: { path, file: await artifacts.localFile(digest) }, beside };
  }
}

function rejected(code: ErrorCode, message: string): InspectionOutcome & { state: 'REJECTED' } {
  return { state: 'REJECTED', code, message: message.replaceAll('\0', '\uFFFD'), signature: null, graph: null };
}

/** Postgres keeps no NUL in text. No tool writes one into a name; a hostile file may. */
function storable(facts: ModelFacts): ModelFacts {
  if (!JSON.stringify(facts).includes('\\u0000')) return facts;
  throw new PlatformError('MODEL_INVALID', 'A name in the file holds a NUL character.');
}

/** Codes that speak about the file; everything else is a fault of ours and tried again. */
function isVerdict(code: ErrorCode): boolean {
  return ['MODEL_INVALID', 'MODEL_UNSUPPORTED', 'MODEL_LOAD_FAILED', 'ARTIFACT_CORRUPT', 'ARTIFACT_NOT_FOUND'].includes(code);
}
