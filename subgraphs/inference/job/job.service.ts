import { hasRole, requireRole, roleIn, visibleNamespaces, type RequestScope } from '../../../platform/caller';
import type { EventBus } from '../../../platform/bus/event-bus';
import type { Database } from '../../../platform/database/database';
import { queryIn } from '../../../platform/database/query-in';
import { PlatformError } from '../../../platform/errors';
import { readPage, type Page, type PageArguments } from '../../../platform/paging';
import type { AuditLog } from '../../identity';
import type { EndedJobs } from '../metrics/ended-jobs';
import type { ChunkEnqueuer } from '../ledger/chunk-enqueuer';
import type { ServingDirectory } from '../submit/serving-directory';
import { endJobsStatement, type EndedRow } from './end-jobs.statement';
import type { Job } from './job';
import { isFinal, RETRYABLE, type JobStatus } from './job.lifecycle';
import type { JobStore } from './job.store';
import type { RetryCheck } from './retry-check';
import { retryStatement, type RetriedRow } from './retry.statement';

export interface JobServiceParts {
  database: Database;
  store: JobStore;
  audit: AuditLog;
  bus: EventBus;
  enqueuer: ChunkEnqueuer;
  deployments: ServingDirectory;
  retries: RetryCheck;
  ended: EndedJobs;
}

export interface JobsRequest extends PageArguments {
  namespace?: string | null;
  deployment?: string | null;
  status?: JobStatus[] | null;
  createdAfter?: Date | null;
  createdBefore?: Date | null;
  search?: string | null;
}

/** What callers do with jobs that exist. */
export class JobService {
  constructor(private readonly parts: JobServiceParts) {}

  /** @throws NAMESPACE_NOT_FOUND CURSOR_INVALID BAD_USER_INPUT */
  async page({ caller }: RequestScope, { namespace, deployment, status, ...filter }: JobsRequest): Promise<Page<Job>> {
    const request = readPage(filter);
    if (namespace != null) requireRole(caller, namespace, 'VIEWER');
    const namespaces = namespace == null ? visibleNamespaces(caller) : [namespace];
    const target = deployment == null ? null : await this.parts.deployments.servingTarget(deployment);
    if (deployment != null && (!target || !hasRole(caller, target.namespace, 'VIEWER'))) return {
      edges: [], pageInfo: { hasNextPage: false, endCursor: null },
    };
    return this.parts.store.page({ ...filter, namespaces, statuses: status, deploymentId: target?.deploymentId }, request);
  }

  /** @throws JOB_NOT_FOUND FORBIDDEN JOB_FINAL */
  async cancel(scope: RequestScope, id: string): Promise<Job> {
    const job = await this.#require(scope, id);
    const [ended] = isFinal(job.status) ? [] : await this.#end(scope, job);
    if (!ended) throw new PlatformError(
      'JOB_FINAL', `Job ${job.id} is ${(await this.#require(scope, id)).status} and can no longer be canceled.`, { status: job.status },
    );
    this.parts.bus.publish('job', job.id);
    void this.parts.ended.tell('CANCELED', [ended]);
    if (ended.wasRunning) this.parts.bus.publish('chunk-cancel', job.id);
    return this.#require(scope, id);
  }

  /** @throws JOB_NOT_FOUND FORBIDDEN JOB_NOT_RETRYABLE DEPLOYMENT_NOT_READY */
  async retry(scope: RequestScope, id: string): Promise<Job> {
    const job = await this.#require(scope, id);
    if (!RETRYABLE.includes(job.status)) throw notRetryable(job);
    const target = await this.parts.retries.targetOf(job);
    const chunks = await this.parts.database.transaction(async (manager) => {
      const rows = await queryIn<RetriedRow>(manager, retryStatement(job.id, target));
      if (rows.length > 0) await this.parts.audit.record(manager, toAuditEntry(scope, job, 'retryJob'));
      return rows;
    });
    if (chunks.length === 0) throw notRetryable(await this.#require(scope, id));
    this.parts.bus.publish('job', job.id);
    this.parts.enqueuer.enqueueSoon(chunks);
    return this.#require(scope, id);
  }

  #end(scope: RequestScope, job: Job): Promise<EndedRow[]> {
    return this.parts.database.transaction(async (manager) => {
      const rows = await queryIn<EndedRow>(manager, endJobsStatement('CANCELED', [job.id], {
        code: 'JOB_CANCELED', message: `Canceled by ${scope.caller.name}.`,
      }));
      if (rows.length > 0) await this.parts.audit.record(manager, toAuditEntry(scope, job, 'cancelJob'));
      return rows;
    });
  }

  async #require({ caller }: RequestScope, id: string): Promise<Job> {
    const [job] = await this.parts.store.byIds([id]);
    if (!job || roleIn(caller, job.row.namespaceName) === null) throw jobNotFound(id);
    requireRole(caller, job.row.namespaceName, 'CALLER');
    return job;
  }
}

export function jobNotFound(id: string): PlatformError {
  return new PlatformError('JOB_NOT_FOUND', `There is no job "${id.slice(0, 60)}".`);
}

function notRetryable({ id, status }: Job): PlatformError {
  return new PlatformError(
    'JOB_NOT_RETRYABLE', `Job ${id} is ${status}; only jobs that are ${RETRYABLE.join(', ')} can be retried.`, { status },
  );
}

function toAuditEntry(scope: RequestScope, { row }: Job, action: 'cancelJob' | 'retryJob') {
  return { scope, namespace: row.namespaceName, action, subjectType: 'Job', subjectId: row.id, details: { status: row.status } };
}
