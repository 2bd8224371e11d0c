import type { Processor, QueueOptions, WorkerOptions } from 'bullmq';
import type { EntryData } from './queue';

/** Of BullMQ's Queue, what we use. */
export interface BullQueue {
  addBulk(jobs: { name: string; data: EntryData; opts: { jobId: string; priority: number } }[]): Promise<unknown>;
  waitUntilReady(): Promise<unknown>;
  obliterate(options: { force: boolean }): Promise<void>;
  close(): Promise<void>;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

/** Of BullMQ's Worker, what we use. */
export interface BullWorker {
  concurrency: number;
  /** With `true` without waiting for the entries in hand. */
  pause(doNotWaitActive: boolean): Promise<void>;
  resume(): Promise<void>;
  close(force?: boolean): Promise<void>;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

/** What differs between Redis and Postgres below BullMQ's own classes. */
export interface QueueDriver {
  readonly kind: 'redis' | 'postgres';
  /** For producing: its commands fail while the server is away. */
  queue(name: string, options: Omit<QueueOptions, 'connection'>): BullQueue;
  /** For consuming: waits while the server is away. */
  worker(name: string, processor: Processor<EntryData, void>, options: Omit<WorkerOptions, 'connection'>): BullWorker;
  /** Resolves once commands may be sent, which may be never. */
  ready(): Promise<void>;
  epoch(): Promise<string>;
  close(): Promise<void>;
}
