import { GraphQLDateTime } from 'graphql-scalars';
import { Directive, Field, ID, Int, ObjectType } from 'type-graphql';
import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';
import { connectionOf } from '../../platform/subgraph/connection';
import { Admission } from './admission';
import { DeploymentStatus } from './deployment.lifecycle';
import { inForce, ResultReuse, ResultReuseColumns } from './result-reuse';
import { StatusReason, WithReason } from './status-reason';

@Entity('deployment')
@Directive('@key(fields: "id")')
@Directive('@key(fields: "fullName")')
@ObjectType({
  description: 'The wish to serve a model under a stable name: callers name the deployment, its live release says which revision answers.',
})
export class Deployment extends WithReason {
  @PrimaryColumn('uuid')
  @Field(() => ID, { description: 'Identifies the deployment for good.' })
  id: string;

  @Column('text', { name: 'namespace' })
  namespaceName: string;

  @Column('text')
  @Field(() => String, { description: 'Its name within the namespace.' })
  name: string;

  @Field(() => String, { description: '`namespace/name`: what callers pass to `submitInference`.' })
  get fullName(): string {
    return `${this.namespaceName}/${this.name}`;
  }

  @Column('uuid', { name: 'model_id' })
  modelId: string;

  @Column('text', { name: 'model_full_name' })
  modelFullName: string;

  @Column('text')
  @Field(() => DeploymentStatus, { description: 'How the deployment is doing.' })
  status: DeploymentStatus;

  @Field(() => StatusReason, { nullable: true, description: 'Why it has this status, where there is something to do about it.' })
  get reason(): StatusReason | null {
    return this.reasonOrNull();
  }

  @Column('integer', { name: 'desired_replicas' })
  @Field(() => Int, { description: 'How many replicas of the live release are wanted.' })
  desiredReplicas: number;

  @Column(() => Admission, { prefix: false })
  @Field(() => Admission, { description: 'What it lets in, whichever revision serves.' })
  admission: Admission;

  @Column(() => ResultReuseColumns, { prefix: false })
  reuse: ResultReuseColumns;

  @Field(() => ResultReuse, { nullable: true, description: 'How its results are used again; null: not at all.' })
  get resultReuse(): ResultReuse | null {
    return inForce(this.reuse);
  }

  @Column('uuid', { name: 'live_release_id', nullable: true })
  liveReleaseId: string | null;

  @Column('uuid', { name: 'next_release_id', nullable: true })
  nextReleaseId: string | null;

  @Column('integer', { name: 'revision_count' })
  revisionCount: number;

  @Column('integer', { name: 'release_count' })
  releaseCount: number;

  /** Counts the wishes: a plan that was made for an older one is void. */
  @Column('integer')
  version: number;

  @Column({ name: 'retry_from', type: 'timestamptz', precision: 3 })
  retryFrom: Date;

  @Column('uuid', { name: 'created_by' })
  createdById: string;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz', precision: 3 })
  @Field(() => GraphQLDateTime, { description: 'When the deployment was made.' })
  createdAt: Date;

  @Column({ name: 'updated_at', type: 'timestamptz', precision: 3 })
  @Field(() => GraphQLDateTime, { description: 'When its wish or its status last changed.' })
  updatedAt: Date;

  @Column({ name: 'deleted_at', type: 'timestamptz', precision: 3, nullable: true })
  @Field(() => GraphQLDateTime, { nullable: true, description: 'When it was deleted; null while it is not.' })
  deletedAt: Date | null;
}

export const DeploymentConnection = connectionOf(() => Deployment, 'Deployment', 'deployments');
