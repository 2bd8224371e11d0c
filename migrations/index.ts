import type { MigrationClass } from '../platform/database/migrate';
import { Namespaces1700000000001 } from './01-namespaces';
import { ApiKeys1700000000002 } from './02-api-keys';
import { AuditEvents1700000000003 } from './03-audit-events';
import { PrincipalNamespaces1700000000004 } from './04-principal-namespaces';
import { Models1700000000010 } from './10-models';
import { Artifacts1700000000011 } from './11-artifacts';
import { ModelVersions1700000000012 } from './12-model-versions';
import { Uploads1700000000013 } from './13-uploads';
import { ModelAliases1700000000014 } from './14-model-aliases';
import { Deployments1700000000020 } from './20-deployments';
import { Revisions1700000000021 } from './21-revisions';
import { WorkersAndReplicas1700000000022 } from './22-workers-and-replicas';
import { DeploymentEvents1700000000023 } from './23-deployment-events';
import { Releases1700000000024 } from './24-releases';
import { ReplicaPace1700000000025 } from './25-replica-pace';
import { DirectAddress1700000000026 } from './26-direct-address';
import { Jobs1700000000030 } from './30-jobs';
import { JobChunks1700000000031 } from './31-job-chunks';
import { JobEvents1700000000032 } from './32-job-events';
import { IdempotencyKeys1700000000033 } from './33-idempotency-keys';
import { TensorBlobs1700000000034 } from './34-tensor-blobs';
import { SigningKeys1700000000035 } from './35-signing-keys';
import { QueueEpoch1700000000036 } from './36-queue-epoch';
import { CostBudgets1700000000040 } from './40-cost-budgets';
import { JobTraces1700000000050 } from './50-job-traces';
import { BatchProfiles1700000000070 } from './70-batch-profiles';
import { Admission1700000000080 } from './80-admission';
import { DeploymentLoad1700000000081 } from './81-deployment-load';
import { VersionCommits1700000000090 } from './90-version-commits';
import { RepositoryObjects1700000000091 } from './91-repository-objects';
import { RepositoryPushes1700000000092 } from './92-repository-pushes';
import { DeploymentMetrics1700000000100 } from './100-deployment-metrics';
import { VersionNotes1700000000130 } from './130-version-notes';
import { Generations1700000000160 } from './160-generations';
import { ResultReuse1700000000120 } from './120-result-reuse';
import { InferenceResults1700000000121 } from './121-inference-results';
import { ReusedChunks1700000000122 } from './122-reused-chunks';
import { ReuseMetrics1700000000123 } from './123-reuse-metrics';
import { BatchLayouts1700000000124 } from './124-batch-layouts';
import { AliasProtection1700000000110 } from './110-alias-protection';
import { VersionFiles1700000000111 } from './111-version-files';
import { VersionDrafts1700000000112 } from './112-version-drafts';
import { RevisionFiles1700000000113 } from './113-revision-files';
import { UploadMetadata1700000000114 } from './114-upload-metadata';
import { VersionFacts1700000000115 } from './115-version-facts';

/** Every migration in order; forward-only, one fact each. */
export const migrations: readonly MigrationClass[] = [
  Namespaces1700000000001,
  ApiKeys1700000000002,
  AuditEvents1700000000003,
  PrincipalNamespaces1700000000004,
  Models1700000000010,
  Artifacts1700000000011,
  ModelVersions1700000000012,
  Uploads1700000000013,
  ModelAliases1700000000014,
  Deployments1700000000020,
  Revisions1700000000021,
  WorkersAndReplicas1700000000022,
  DeploymentEvents1700000000023,
  Releases1700000000024,
  ReplicaPace1700000000025,
  DirectAddress1700000000026,
  Jobs1700000000030,
  JobChunks1700000000031,
  JobEvents1700000000032,
  IdempotencyKeys1700000000033,
  TensorBlobs1700000000034,
  SigningKeys1700000000035,
  QueueEpoch1700000000036,
  CostBudgets1700000000040,
  JobTraces1700000000050,
  BatchProfiles1700000000070,
  Admission1700000000080,
  DeploymentLoad1700000000081,
  VersionCommits1700000000090,
  RepositoryObjects1700000000091,
  RepositoryPushes1700000000092,
  DeploymentMetrics1700000000100,
  VersionNotes1700000000130,
  Generations1700000000160,
  ResultReuse1700000000120,
  InferenceResults1700000000121,
  ReusedChunks1700000000122,
  ReuseMetrics1700000000123,
  BatchLayouts1700000000124,
  AliasProtection1700000000110,
  VersionFiles1700000000111,
  VersionDrafts1700000000112,
  RevisionFiles1700000000113,
  UploadMetadata1700000000114,
  VersionFacts1700000000115,
];
