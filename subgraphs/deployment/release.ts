import { GraphQLDateTime } from 'graphql-scalars';
import { Field, ID, Int, ObjectType } from 'type-graphql';
import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';
import { connectionOf } from '../../platform/subgraph/connection';
import { ReleaseState } from './release.lifecycle';

@Entity('release')
@ObjectType({ description: 'A change of traffic, kept as history: from when to when a revision answered the deployment\'s callers.' })
export class Release {
  @PrimaryColumn('uuid')
  @Field(() => ID, { description: 'Identifies the release for good.' })
  id: string;

  @Column('uuid', { name: 'deployment_id' })
  deploymentId: string;

  @Column('integer')
  @Field(() => Int, { description: 'Counts the releases of the deployment from 1.' })
  number: number;

  @Column('uuid', { name: 'revision_id' })
  revisionId: string;

  @Column('text')
  @Field(() => ReleaseState, { description: 'Where the release stands.' })
  state: ReleaseState;

  @Column('text', { nullable: true })
  @Field(() => String, { nullable: true, description: 'Why it was made, in the words of who made it.' })
  reason: string | null;

  @Column('uuid', { name: 'created_by' })
  createdById: string;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz', precision: 3 })
  @Field(() => GraphQLDateTime, { description: 'When the release was made.' })
  createdAt: Date;

  @Column({ name: 'live_at', type: 'timestamptz', precision: 3, nullable: true })
  @Field(() => GraphQLDateTime, { nullable: true, description: 'When it took the traffic; null when it has not, or never did.' })
  liveAt: Date | null;

  @Column({ name: 'ended_at', type: 'timestamptz', precision: 3, nullable: true })
  @Field(() => GraphQLDateTime, { nullable: true, description: 'When a later release took its place.' })
  endedAt: Date | null;
}

export const ReleaseConnection = connectionOf(() => Release, 'Release', 'releases');
