import { GraphQLDateTime } from 'graphql-scalars';
import { Directive, Field, ID, Int, ObjectType } from 'type-graphql';
import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';
import { BigIntScalar } from '../../platform/subgraph/big-int.scalar';
import { connectionOf } from '../../platform/subgraph/connection';
import type { Signature } from '../../platform/tensor/tensor';
import { BatchingSettings } from './batching';
import type { RevisionSpec } from './worker.contract';
import { bytesColumn } from '../../platform/database/bytes.column';

@ObjectType({ description: 'What a replica of the revision takes from its worker.' })
export class Resources {
  @Column({ name: 'memory_bytes', ...bytesColumn })
  @Field(() => BigIntScalar, { description: 'Bytes of memory reserved per replica; its runner is capped by it.' })
  memoryBytes: number;

  @Column('integer', { name: 'intra_op_threads' })
  @Field(() => Int, { description: 'Threads of one run.' })
  intraOpThreads: number;
}

@ObjectType({ description: 'What a run may not pass.' })
export class Limits {
  @Column('integer', { name: 'timeout_ms' })
  @Field(() => Int, { description: 'Milliseconds of wall clock after which a run is killed with INFERENCE_TIMEOUT.' })
  timeoutMs: number;
}

@Entity('revision')
@Directive('@key(fields: "id")')
@ObjectType({ description: 'An immutable configuration of a deployment: which model version, with which resources, batching and limits.' })
export class Revision {
  @PrimaryColumn('uuid')
  @Field(() => ID, { description: 'Identifies the revision for good.' })
  id: string;

  @Column('uuid', { name: 'deployment_id' })
  deploymentId: string;

  @Column('text')
  namespace: string;

  @Column('integer')
  @Field(() => Int, { description: 'Counts the revisions of the deployment from 1.' })
  number: number;

  @Column('uuid', { name: 'model_version_id' })
  modelVersionId: string;

  @Column('text', { name: 'model_alias', nullable: true })
  @Field(() => String, {
    nullable: true,
    description: 'The alias it was made from, if any. The version was fixed then: moving the alias changes no revision.',
  })
  modelAlias: string | null;

  /** Facts of the version are copied: a revision must load and check tensors without asking the registry. */
  @Column('text', { name: 'artifact_digest' })
  artifactDigest: string;

  @Column({ name: 'artifact_size_bytes', ...bytesColumn })
  artifactSizeBytes: number;

  @Column('text', { name: 'artifact_path' })
  artifactPath: string;

  @Column('jsonb')
  files: RevisionSpec['files'];

  @Column('jsonb', { select: false })
  signature: Signature;

  @Column(() => Resources, { prefix: false })
  @Field(() => Resources, { description: 'What a replica takes from its worker.' })
  resources: Resources;

  @Column(() => BatchingSettings, { prefix: false })
  batching: BatchingSettings;

  @Column(() => Limits, { prefix: false })
  @Field(() => Limits, { description: 'What a run may not pass.' })
  limits: Limits;

  @Column('uuid', { name: 'created_by' })
  createdById: string;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz', precision: 3 })
  @Field(() => GraphQLDateTime, { description: 'When the revision was made.' })
  createdAt: Date;
}

export const RevisionConnection = connectionOf(() => Revision, 'Revision', 'revisions');
