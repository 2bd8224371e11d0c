import { GraphQLDateTime, GraphQLJSONObject } from 'graphql-scalars';
import { Field, ID, ObjectType } from 'type-graphql';
import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';
import { connectionOf } from '../../platform/subgraph/connection';

@Entity('audit_event')
@ObjectType({ description: 'Who changed what: one event for each mutation that succeeded, written together with the change.' })
export class AuditEvent {
  @PrimaryColumn('uuid')
  @Field(() => ID, { description: 'Identifies the event.' })
  id: string;

  /** Null for changes that belong to the platform rather than to a tenant. */
  @Column('text', { nullable: true })
  namespace: string | null;

  @Column('text')
  @Field(() => String, { description: 'The mutation, such as `createModel`.' })
  action: string;

  @Column('text', { name: 'subject_type' })
  @Field(() => String, { description: 'The type of what was changed, such as `Model`.' })
  subjectType: string;

  @Column('text', { name: 'subject_id' })
  @Field(() => ID, { description: 'The id of what was changed.' })
  subjectId: string;

  @Column('uuid', { name: 'principal_id' })
  principalId: string;

  @Column('text', { name: 'request_id' })
  @Field(() => String, { description: 'The request that made the change; the logs carry the same id.' })
  requestId: string;

  @Column('jsonb')
  @Field(() => GraphQLJSONObject, { description: 'What else is worth knowing, such as the new values. Never a secret.' })
  details: object;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz', precision: 3 })
  @Field(() => GraphQLDateTime, { description: 'When the change was made.' })
  createdAt: Date;
}

export const AuditEventConnection = connectionOf(() => AuditEvent, 'AuditEvent', 'audit events');
