import { In } from 'typeorm';
import type { Database } from '../../platform/database/database';
import { groupBy } from '../../platform/collection/group-by';
import { Replica } from './replica';
import { HOLDING_STATES } from './replica.lifecycle';

/** The replicas that hold a place, oldest first, and of each deployment what ended within the last minute, so that watchers see how. */
export async function replicasByDeployment(database: Database, deploymentIds: readonly string[]): Promise<Replica[][]> {
  const rows = await database.source.getRepository(Replica).createQueryBuilder('replica')
    .where({ deploymentId: In([...deploymentIds]) })
    .andWhere(`(replica.state = any(:holding) or replica.updatedAt > now() - interval '1 minute')`, { holding: HOLDING_STATES })
    .orderBy('replica.createdAt').addOrderBy('replica.id')
    .getMany();
  const byDeployment = groupBy(rows, ({ deploymentId }) => deploymentId);
  return deploymentIds.map((id) => byDeployment.get(id) ?? []);
}

/** Changes whenever a replica of the deployment comes, goes or changes its state. */
export async function replicaFingerprint(database: Database, deploymentId: string): Promise<string> {
  const [row] = await database.query<{ fingerprint: string | null }>({
    name: 'replica-fingerprint',
    text: `select string_agg(id || ' ' || state, ',' order by id) as fingerprint from replica where deployment_id = $1`,
    values: [deploymentId],
  });
  return row?.fingerprint ?? '';
}
