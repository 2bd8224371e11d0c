import type { EntityManager } from 'typeorm';
import { statesBefore } from '../../platform/lifecycle';
import type { Deployment } from './deployment';
import { Release } from './release';
import { releaseLifecycle } from './release.lifecycle';

/** Ends a release, unless it has ended already. */
export async function supersedeRelease(manager: EntityManager, id: string): Promise<void> {
  await manager.query(
    `update release set state = 'SUPERSEDED', ended_at = now() where id = $1 and state = any($2)`,
    [id, statesBefore(releaseLifecycle, 'SUPERSEDED')],
  );
}

/** What served before the present wish: the live release while another waits, else the last that was live with another revision. */
export async function previousLiveRelease(
  manager: EntityManager, { id, nextReleaseId, liveReleaseId }: Deployment,
): Promise<Release | null> {
  const releases = manager.getRepository(Release);
  if (nextReleaseId) return liveReleaseId ? releases.findOneBy({ id: liveReleaseId }) : null;
  return releases.createQueryBuilder('release')
    .where('release.deploymentId = :id and release.liveAt is not null', { id })
    .andWhere('release.revisionId <> (select live.revision_id from release live where live.id = :liveReleaseId)', { liveReleaseId })
    .orderBy('release.number', 'DESC')
    .getOne();
}
