import { GraphQLDateTime } from 'graphql-scalars';
import { Field, Float, ID, ObjectType } from 'type-graphql';
import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';
import { BigIntScalar } from '../../platform/subgraph/big-int.scalar';
import { bytesColumn } from '../../platform/database/bytes.column';
import { ReplicaState } from './replica.lifecycle';
import { StatusReason, WithReason } from './status-reason';

@Entity('replica')
@ObjectType({ description: 'One loaded session of a revision on one device of a worker.' })
export class Replica extends WithReason {
  @PrimaryColumn('uuid')
  @Field(() => ID, { description: 'Identifies the replica for good; a replacement has an id of its own.' })
  id: string;

  @Column('uuid', { name: 'deployment_id' })
  deploymentId: string;

  @Column('uuid', { name: 'revision_id' })
  revisionId: string;

  @Column('uuid', { name: 'worker_id' })
  workerId: string;

  @Column('text')
  @Field(() => String, { description: 'The device of the worker: `cpu`, or such as `cuda:0`.' })
  device: string;

  @Column('text')
  @Field(() => ReplicaState, { description: 'Where the replica stands.' })
  state: ReplicaState;

  @Field(() => StatusReason, { nullable: true, description: 'Why it FAILED or was LOST.' })
  get reason(): StatusReason | null {
    return this.reasonOrNull();
  }

  @Column({ name: 'memory_bytes', ...bytesColumn })
  @Field(() => BigIntScalar, { description: 'Bytes of memory it reserves on its worker.' })
  memoryBytes: number;

  @Column('real', { name: 'item_ms', nullable: true })
  @Field(() => Float, { nullable: true, description: 'Milliseconds of compute per item, a running estimate of its last runs; null before its first.' })
  itemMs: number | null;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz', precision: 3 })
  @Field(() => GraphQLDateTime, { description: 'When it was given its place.' })
  createdAt: Date;

  @Column({ name: 'updated_at', type: 'timestamptz', precision: 3 })
  @Field(() => GraphQLDateTime, { description: 'When its state last changed.' })
  updatedAt: Date;

  @Column({ name: 'ready_at', type: 'timestamptz', precision: 3, nullable: true })
  @Field(() => GraphQLDateTime, { nullable: true, description: 'When it became READY; null when it has not.' })
  readyAt: Date | null;
}
