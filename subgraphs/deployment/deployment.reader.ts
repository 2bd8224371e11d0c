import { requireRole, visibleNamespaces, type Caller } from '../../platform/caller';
import type { Database } from '../../platform/database/database';
import { keysetPage } from '../../platform/database/keyset';
import type { Page, PageRequest } from '../../platform/paging';
import { Deployment } from './deployment';
import type { DeploymentStatus } from './deployment.lifecycle';

export interface DeploymentFilter {
  namespace?: string | null;
  status?: DeploymentStatus[] | null;
}

/** Lists deployments. */
export class DeploymentReader {
  constructor(private readonly database: Database) {}

  /** @throws NAMESPACE_NOT_FOUND where the caller has no role in the namespace it asks for */
  async page(caller: Caller, { namespace, status }: DeploymentFilter, request: PageRequest): Promise<Page<Deployment>> {
    if (namespace != null) requireRole(caller, namespace, 'VIEWER');
    const builder = this.database.source.getRepository(Deployment).createQueryBuilder('deployment').where('deployment.deletedAt is null');
    const visible = namespace == null ? visibleNamespaces(caller) : [namespace];
    if (visible) builder.andWhere('deployment.namespaceName = any(:visible)', { visible });
    if (status) builder.andWhere('deployment.status = any(:status)', { status });
    return keysetPage(builder, request);
  }
}
