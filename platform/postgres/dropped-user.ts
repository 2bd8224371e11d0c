import fs from 'node:fs';
import { PlatformError } from '../errors';

export interface ProcessUser {
  uid: number;
  gid: number;
}

/**
 * Whom Postgres runs as: it refuses root, so root drops to `postgres` or `nobody`; anyone else stays who they are (null).
 * @throws POSTGRES_FAILED when root has nobody to drop to
 */
export function droppedUser(): ProcessUser | null {
  if (process.getuid?.() !== 0) return null;
  const rows = fs.readFileSync('/etc/passwd', 'utf8').split('\n').map((line) => line.split(':'));
  for (const name of ['postgres', 'nobody']) {
    const [, , uid, gid] = rows.find((row) => row[0] === name) ?? [];
    if (uid && gid) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new PlatformError(
    'POSTGRES_FAILED', 'Postgres refuses to run as root and /etc/passwd has neither "postgres" nor "nobody": start as another user.',
  );
}
