import fs from 'node:fs';
import path from 'node:path';
import { PlatformError } from '../errors';
import { isAlive, startOf } from './process-identity';

interface Owner {
  pid: number;
  start: string | null;
}

/**
 * Lets one live platform own a data directory. The lock names its owner by pid and start time, so it ends with its owner even after
 * kill -9 or a reboot, and a recycled pid does not keep it. Returns the release.
 * @throws DATA_DIR_LOCKED when another live platform has it
 */
export function lockDataDir(dir: string): () => void {
  const file = path.join(dir, 'platform.lock');
  const draft = `${file}.${process.pid}`;
  fs.writeFileSync(draft, JSON.stringify({ pid: process.pid, start: startOf(process.pid) } satisfies Owner));
  try {
    while (!claim(draft, file)) dropStale(file);
  } finally {
    fs.rmSync(draft, { force: true });
  }
  return () => fs.rmSync(file, { force: true });
}

/** `link` makes the whole file appear at once, and only if there is none: of two that start together one wins. */
function claim(draft: string, file: string): boolean {
  try {
    fs.linkSync(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Moves a dead owner's lock away; should another have claimed it since it was read, gives it back. */
function dropStale(file: string): void {
  const seen = read(file);
  if (seen === null) return;
  refuseLive(seen, path.dirname(file));
  const aside = `${file}.stale.${process.pid}`;
  try {
    fs.renameSync(file, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  if (read(aside) !== seen) claim(aside, file);
  fs.rmSync(aside, { force: true });
}

function read(file: string): string | null {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

function refuseLive(text: string, dir: string): void {
  const owner = parse(text);
  if (!owner || !isAlive(owner.pid) || startOf(owner.pid) !== owner.start) return;
  throw new PlatformError(
    'DATA_DIR_LOCKED', `Process ${owner.pid} uses ${dir} already: stop it, or give this platform another DATA_DIR.`,
    { pid: owner.pid, dir },
  );
}

/** A power cut may leave an empty file; nobody live owns that. */
function parse(text: string): Owner | null {
  try {
    return JSON.parse(text) as Owner;
  } catch {
    return null;
  }
}
