import os from 'node:os';
import { createRequire } from 'node:module';

const require = createRequire(__filename);
const versionOf = (name: string) => (require(`${name}/package.json`) as { version: string }).version;

/** What a figure was measured with. */
export function versions(): Record<string, string | number> {
  return { node: process.version, bullmq: versionOf('bullmq'), pg: versionOf('pg'), ioredis: versionOf('ioredis'), cores: os.cpus().length, cpu: os.cpus()[0]?.model ?? 'unknown' };
}
