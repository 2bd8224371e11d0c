import { watch, type FSWatcher } from 'node:fs';
import path from 'node:path';
import { messageOf } from '../../platform/errors';
import type { Log } from '../../platform/log';

/** Editors and deployments write in steps: the file is read when they are through. */
const SETTLE_MS = 100;

/**
 * Tells of changes near files. It watches their folders: a file that another is renamed over, as editors and Kubernetes do it, is no longer
 * the one that was watched. Where the system has no watch left, or tells nothing (network drives), whoever asks also polls.
 */
export class FileWatch {
  readonly #watchers = new Map<string, FSWatcher>();
  #settling: NodeJS.Timeout | undefined;

  constructor(private readonly onChange: () => void, private readonly log: Log) {}

  /** From now on these, and no others. */
  follow(files: readonly string[]): void {
    const folders = new Set(files.map((file) => path.dirname(file)));
    for (const folder of this.#watchers.keys()) if (!folders.has(folder)) this.#end(folder);
    for (const folder of folders) if (!this.#watchers.has(folder)) this.#begin(folder);
  }

  close(): void {
    clearTimeout(this.#settling);
    for (const folder of [...this.#watchers.keys()]) this.#end(folder);
  }

  #begin(folder: string): void {
    try {
      const watcher = watch(folder, { persistent: false }, () => this.#settle());
      watcher.on('error', (error) => this.#lose(folder, error));
      this.#watchers.set(folder, watcher);
    } catch (error) {
      this.#lose(folder, error);
    }
  }

  #settle(): void {
    clearTimeout(this.#settling);
    this.#settling = setTimeout(this.onChange, SETTLE_MS).unref();
  }

  #lose(folder: string, error: unknown): void {
    this.log.warn({ folder, reason: messageOf(error) }, 'folder cannot be watched');
    this.#end(folder);
  }

  #end(folder: string): void {
    this.#watchers.get(folder)?.close();
    this.#watchers.delete(folder);
  }
}
