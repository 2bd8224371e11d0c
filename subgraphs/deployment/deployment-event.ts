import { GraphQLDateTime } from 'graphql-scalars';
import { Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';
import type { ErrorCode } from '../../platform/errors';
import { connectionOf } from '../../platform/subgraph/connection';

export const DeploymentEventKind = {
  CREATED: 'CREATED', REVISION_CREATED: 'REVISION_CREATED',
  RELEASE_CREATED: 'RELEASE_CREATED', RELEASE_LIVE: 'RELEASE_LIVE', SCALED: 'SCALED', ADMISSION_CHANGED: 'ADMISSION_CHANGED',
  RESULT_REUSE_CHANGED: 'RESULT_REUSE_CHANGED',
  STOPPED: 'STOPPED', STARTED: 'STARTED', DELETED: 'DELETED', STATUS_CHANGED: 'STATUS_CHANGED', REPLICA_ASSIGNED: 'REPLICA_ASSIGNED',
  REPLICA_READY: 'REPLICA_READY', REPLICA_FAILED: 'REPLICA_FAILED', REPLICA_STOPPED: 'REPLICA_STOPPED', REPLICA_LOST: 'REPLICA_LOST',
} as const;
export type DeploymentEventKind = keyof typeof DeploymentEventKind;

registerEnumType(DeploymentEventKind, {
  name: 'DeploymentEventKind',
  description: 'What happened to a deployment.',
  valuesConfig: {
    CREATED: { description: 'It was made.' },
    REVISION_CREATED: { description: 'A revision was made.' },
    RELEASE_CREATED: { description: 'A release was made; it takes the traffic once its revision is ready.' },
    RELEASE_LIVE: { description: 'A release took the traffic.' },
    SCALED: { description: 'Another number of replicas is wanted.' },
    ADMISSION_CHANGED: { description: 'Someone changed what it lets in.' },
    RESULT_REUSE_CHANGED: { description: 'Someone changed how its results are used again.' },
    STOPPED: { description: 'Someone stopped it.' },
    STARTED: { description: 'Someone started it.' },
    DELETED: { description: 'Someone deleted it.' },
    STATUS_CHANGED: { description: 'Its status changed.' },
    REPLICA_ASSIGNED: { description: 'A replica was given a place.' },
    REPLICA_READY: { description: 'A replica began to serve.' },
    REPLICA_FAILED: { description: 'A replica could not be loaded, or broke.' },
    REPLICA_STOPPED: { description: 'A replica that is no longer wanted was told to unload.' },
    REPLICA_LOST: { description: 'A replica\'s worker is gone.' },
  },
});

@Entity('deployment_event')
@ObjectType({ description: 'Something that happened to a deployment, for people to read.' })
export class DeploymentEvent {
  @PrimaryColumn('uuid')
  @Field(() => ID, { description: 'Identifies the event.' })
  id: string;

  @Column('uuid', { name: 'deployment_id' })
  deploymentId: string;

  @Column('text')
  @Field(() => DeploymentEventKind, { description: 'What happened.' })
  kind: DeploymentEventKind;

  @Column('text')
  @Field(() => String, { description: 'What happened, as a sentence.' })
  message: string;

  @Column('text', { name: 'reason_code', nullable: true })
  @Field(() => String, { nullable: true, description: 'The code of the error table behind it, if any.' })
  reasonCode: ErrorCode | null;

  @Column('uuid', { name: 'replica_id', nullable: true })
  @Field(() => ID, { nullable: true, description: 'The replica it is about, if it is about one.' })
  replicaId: string | null;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz', precision: 3 })
  @Field(() => GraphQLDateTime, { description: 'When it happened.' })
  createdAt: Date;
}

export const DeploymentEventConnection = connectionOf(() => DeploymentEvent, 'DeploymentEvent', 'deployment events');
