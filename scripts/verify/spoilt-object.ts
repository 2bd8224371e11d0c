import { readEnvironment } from '../../platform/env';
import { objectPath } from '../../subgraphs/model-registry/artifacts/artifact-store';
import { HdfsDrive } from '../../subgraphs/model-registry/artifacts/hdfs.drive';
import { S3Drive } from '../../subgraphs/model-registry/artifacts/s3.drive';

/** Puts other bytes under the object's key, which the store itself never does. */
export async function spoilObject(env: Readonly<Record<string, string>>, digest: string): Promise<void> {
  const { artifacts } = readEnvironment(env);
  if (artifacts.store === 'file') throw new Error('A drive was expected.');
  const drive = artifacts.store === 's3' ? new S3Drive(artifacts.s3) : new HdfsDrive(artifacts.hdfs);
  const { sizeBytes } = await drive.stat(objectPath(digest)) ?? { sizeBytes: 1 };
  await drive.put(objectPath(digest), (async function* () { yield Buffer.alloc(sizeBytes, 7); })());
}
