import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { messageOf, PlatformError } from '../errors';
import type { Credentials } from './credentials';
import type { ProcessUser } from './dropped-user';

/**
 * Makes the cluster at `dir` unless it is there. It is made beside and renamed, so that a start killed within initdb leaves nothing
 * that a later start could mistake for a cluster.
 * @throws POSTGRES_FAILED with what initdb said
 */
export async function ensureCluster(
  options: { dir: string; initdb: string; user: ProcessUser | null; credentials: Credentials },
): Promise<void> {
  const { dir, initdb, user, credentials } = options;
  const unfinished = `${dir}.unfinished`;
  fs.rmSync(unfinished, { recursive: true, force: true });
  if (fs.existsSync(path.join(dir, 'PG_VERSION'))) return;
  fs.rmSync(dir, { recursive: true, force: true });
  const passwordFile = `${dir}.password`;
  fs.writeFileSync(passwordFile, `${credentials.password}\n`, { mode: 0o600 });
  if (user) fs.chownSync(passwordFile, user.uid, user.gid);
  try {
    await promisify(execFile)(initdb, initdbArguments(unfinished, passwordFile, credentials.user), {
      ...user, cwd: path.dirname(dir), env: postgresEnvironment(),
    });
  } catch (error) {
    throw new PlatformError('POSTGRES_FAILED', `initdb failed in ${path.dirname(dir)}: ${messageOf(error)}`, {}, { cause: error });
  } finally {
    fs.rmSync(passwordFile, { force: true });
  }
  fs.renameSync(unfinished, dir);
}

/** The builtin locale sorts by code point, yet knows upper and lower case of all of Unicode, and needs nothing of the system. */
function initdbArguments(dir: string, passwordFile: string, user: string): string[] {
  return [
    '-D', dir, '-U', user, `--pwfile=${passwordFile}`, '--auth=scram-sha-256', '--encoding=UTF8',
    '--no-locale', '--locale-provider=builtin', '--builtin-locale=C.UTF-8',
  ];
}

/** Nothing of the platform's own environment, which may hold secrets. */
export function postgresEnvironment(): NodeJS.ProcessEnv {
  return { LC_ALL: 'C', TZ: 'UTC', PATH: '/usr/bin:/bin' };
}
