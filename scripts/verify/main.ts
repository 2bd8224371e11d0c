import { verifyStore } from './artifact-store';
import { startCeph } from './ceph-process';
import { verifyCompose } from './compose';
import { verifyGit } from './git';
import { startHdfs } from './hdfs-process';
import { verifyHub } from './hub';
import { verifyMlflow } from './mlflow';
import { verifyOip } from './oip';
import type { Verified } from './verified';

/** What is verified against real servers and clients that the tests do not bring along. */
const verifications: Readonly<Record<string, () => Promise<Verified>>> = {
  compose: verifyCompose,
  oip: verifyOip,
  s3: () => verifyStore(startCeph),
  hdfs: () => verifyStore(startHdfs),
  git: verifyGit,
  hub: verifyHub,
  mlflow: verifyMlflow,
};

async function main(): Promise<void> {
  const name = process.argv[2] ?? '';
  const verify = Object.hasOwn(verifications, name) ? verifications[name] : undefined;
  if (!verify) throw new Error(`There is no verification "${name}". There are: ${Object.keys(verifications).join(', ')}.`);
  const result = await verify();
  process.stdout.write(`${JSON.stringify({ verify: name, ...result })}\n`);
  if ('figures' in result && result.figures.passed !== undefined) process.stdout.write(`${result.figures.passed} passed, ${result.figures.failed} failed\n`);
  process.exitCode = 'skipped' in result || result.ok ? 0 : 1;
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = 1;
});
