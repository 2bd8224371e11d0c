import { roleIn, visibleNamespaces, type Caller } from '../../../platform/caller';
import type { Database } from '../../../platform/database/database';
import { toPage, type Page, type PageRequest } from '../../../platform/paging';
import { firstIdAt, isId } from '../../../platform/uuid';
import { idRange } from './id-range';
import { Job, type JobRow } from './job';
import type { JobStatus } from './job.lifecycle';

const JOB_COLUMNS = `
  id, namespace as "namespaceName", deployment_id as "deploymentId", revision_id as "revisionId", model_version_id as "modelVersionId", status, seq, attempt, priority,
  item_count as "itemCount", finished_count as "finishedCount", failed_count as "failedCount", has_blobs as "hasBlobs", deadline_at as "deadlineAt",
  error_code as "errorCode", error_message as "errorMessage", batch_wait_ms as "batchWaitMs", compute_ms as "computeMs", batch_size as "batchSize",
  created_by as "createdById", created_at as "createdAt", queued_at as "queuedAt", started_at as "startedAt", finished_at as "finishedAt"`;

export interface JobFilter {
  /** Null: every namespace the caller may see. */
  namespaces: string[] | null;
  deploymentId?: string | null;
  statuses?: JobStatus[] | null;
  createdAfter?: Date | null;
  createdBefore?: Date | null;
  /** Text within the error's message, in any case. */
  search?: string | null;
}

/** Reads jobs. Ids sort by creation time, so pages follow the id alone, which the partitions and every index are made of. */
export class JobStore {
  constructor(private readonly database: Database) {}

  /** In the order of the ids; null where there is none or the caller has no role in its namespace. */
  async visible(caller: Caller, ids: readonly string[]): Promise<(Job | null)[]> {
    const jobs = await this.byIds(ids);
    return jobs.map((job) => (job && roleIn(caller, job.row.namespaceName) !== null ? job : null));
  }

  async byIds(ids: readonly string[]): Promise<(Job | null)[]> {
    const wanted = [...new Set(ids.filter(isId).map((id) => id.toLowerCase()))];
    if (wanted.length === 0) return ids.map(() => null);
    const rows = await this.database.query<JobRow>({
      name: 'inference-jobs',
      // A lateral join looks each id up in its own partition; `= any` would plan, and lock, all of them.
      text: `select j.* from unnest($1::uuid[]) as w(id) cross join lateral (select ${JOB_COLUMNS} from job where id = w.id and id between $2::uuid and $3::uuid limit 1) j`,
      values: [wanted, ...idRange(wanted)],
    });
    const byId = new Map(rows.map((row) => [row.id, new Job(row)]));
    return ids.map((id) => byId.get(id.toLowerCase()) ?? null);
  }

  async page(filter: JobFilter, { limit, after }: PageRequest): Promise<Page<Job>> {
    const values: unknown[] = [];
    const parameter = (value: unknown): string => `$${values.push(value)}`;
    const conditions = conditionsOf(filter, parameter);
    if (after) conditions.push(`id < ${parameter(after.id)}`);
    const rows = await this.database.query<JobRow>({
      text: `select ${JOB_COLUMNS} from job ${conditions.length > 0 ? `where ${conditions.join(' and ')}` : ''} order by id desc limit ${limit + 1}`,
      values,
    });
    return toPage(rows.map((row) => new Job(row)), limit);
  }

  /** The newest jobs of each of many deployments, `limit + 1` each. */
  async ofDeployments(
    caller: Caller,
    { deploymentIds, status, request }: { deploymentIds: readonly string[]; status: JobStatus | null; request: PageRequest },
  ): Promise<Page<Job>[]> {
    const rows = await this.database.query<JobRow>({
      // The limit stands in the text: as a parameter it would count as a tenth of all rows.
      text: `select j.* from unnest($1::uuid[]) as w(id) cross join lateral (
               select ${JOB_COLUMNS} from job
               where deployment_id = w.id and ($2::text is null or status = $2) and ($3::uuid is null or id < $3) and ($4::text[] is null or namespace = any($4))
               order by id desc limit ${request.limit + 1}
             ) j`,
      values: [deploymentIds, status, request.after?.id ?? null, visibleNamespaces(caller)],
    });
    const byDeployment = new Map<string, Job[]>(deploymentIds.map((id) => [id, []]));
    for (const row of rows) byDeployment.get(row.deploymentId)?.push(new Job(row));
    return deploymentIds.map((id) => toPage(byDeployment.get(id)!, request.limit));
  }
}

function conditionsOf(filter: JobFilter, parameter: (value: unknown) => string): string[] {
  const { namespaces, deploymentId, statuses, createdAfter, createdBefore, search } = filter;
  const conditions: string[] = [];
  if (namespaces) conditions.push(
    namespaces.length === 1 ? `namespace = ${parameter(namespaces[0])}` : `namespace = any(${parameter(namespaces)})`,
  );
  if (deploymentId) conditions.push(`deployment_id = ${parameter(deploymentId)}`);
  if (statuses && statuses.length > 0) conditions.push(`status = any(${parameter(statuses)})`);
  if (createdAfter) conditions.push(`id >= ${parameter(firstIdAt(createdAfter))}`);
  if (createdBefore) conditions.push(`id < ${parameter(firstIdAt(createdBefore))}`);
  if (search) conditions.push(`error_code is not null and error_message ilike ${parameter(`%${search.replace(/[\\%_]/g, '\\$&')}%`)}`);
  return conditions;
}
