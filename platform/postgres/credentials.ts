import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

export interface Credentials {
  user: string;
  password: string;
}

/** The superuser of the embedded cluster, made once; only the platform's user may read the file. */
export function readOrMakeCredentials(dir: string): Credentials {
  const file = path.join(dir, 'credentials.json');
  if (!fs.existsSync(file)) {
    const made: Credentials = { user: 'modelgraph', password: crypto.randomBytes(24).toString('base64url') };
    fs.writeFileSync(`${file}.new`, JSON.stringify(made), { mode: 0o600 });
    fs.renameSync(`${file}.new`, file);
  }
  return JSON.parse(fs.readFileSync(file, 'utf8')) as Credentials;
}
