import fs from 'node:fs';
import path from 'node:path';
import { freePort } from '../process/free-port';

const HOST = '127.0.0.1';

/** The port of the last start where it is free again, so that clients of a killed platform find the new one; else any free one. */
export async function choosePort(dir: string): Promise<number> {
  const file = path.join(dir, 'port');
  const remembered = fs.existsSync(file) ? Number(fs.readFileSync(file, 'utf8')) : 0;
  const port = await freePort(HOST, remembered).catch(() => freePort(HOST));
  fs.writeFileSync(file, String(port));
  return port;
}
