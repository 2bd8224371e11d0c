import path from 'node:path';
import type { Environment } from '../../../platform/env';
import type { ArtifactStore } from './artifact-store';
import { FileArtifactStore } from './file-artifact.store';
import { HdfsDrive } from './hdfs.drive';
import { RemoteArtifactStore } from './remote-artifact.store';
import { S3Drive } from './s3.drive';

/** The store that the environment names, the same for the registry and for workers. */
export function openArtifactStore({ data, artifacts }: Pick<Environment, 'data' | 'artifacts'>): ArtifactStore {
  const cache = () => new FileArtifactStore(path.join(data.dir, 'artifact-cache'));
  switch (artifacts.store) {
    case 'file': return new FileArtifactStore(path.join(data.dir, 'artifacts'));
    case 's3': return new RemoteArtifactStore(new S3Drive(artifacts.s3), cache());
    case 'hdfs': return new RemoteArtifactStore(new HdfsDrive(artifacts.hdfs), cache());
  }
}
