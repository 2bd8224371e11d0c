import type { EntityManager } from 'typeorm';
import type { Database } from '../../../platform/database/database';
import type { ArtifactLinks, StoredArtifact } from './artifact-store';

/** The links that keep objects from being collected. */
export function artifactLinks(database: Database): ArtifactLinks {
  return {
    async linked(digests) {
      const rows = await database.query<{ digest: string }>({
        text: 'select distinct digest from artifact_link where digest = any($1)', values: [digests],
      });
      return new Set(rows.map(({ digest }) => digest));
    },
    whileUnlinked: (digest, remove) => database.transaction(async (manager) => {
      await lockDigest(manager, digest);
      const links: unknown[] = await manager.query('select 1 from artifact_link where digest = $1 limit 1', [digest]);
      return links.length === 0 && await remove();
    }),
  };
}

/** From here to the end of the transaction no collection removes the object: whoever links it looks afterwards whether it is still there. */
export async function linkArtifact(manager: EntityManager, namespace: string, { digest, sizeBytes }: StoredArtifact): Promise<void> {
  await lockDigest(manager, digest);
  await manager.query(
    'insert into artifact_link (namespace, digest, size_bytes) values ($1, $2, $3) on conflict do nothing', [namespace, digest, sizeBytes],
  );
}

export async function lockDigest(manager: EntityManager, digest: string): Promise<void> {
  await manager.query(`select pg_advisory_xact_lock(hashtextextended('artifact ' || $1, 0))`, [digest]);
}
