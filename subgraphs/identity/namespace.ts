import { GraphQLDateTime } from 'graphql-scalars';
import { Directive, Field, ID, ObjectType } from 'type-graphql';
import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';
import { connectionOf } from '../../platform/subgraph/connection';

@Entity('namespace')
@Directive('@key(fields: "id")')
@Directive('@key(fields: "name")')
@ObjectType({ description: 'A tenant: models, deployments, jobs and API keys belong to exactly one namespace. Its name never changes.' })
export class Namespace {
  @PrimaryColumn('uuid')
  @Field(() => ID, { description: 'Identifies the namespace for good.' })
  id: string;

  @Column('text')
  @Field(() => String, { description: 'The first half of the full names in it, such as `default` in `default/ocr`.' })
  name: string;

  @Column('uuid', { name: 'created_by' })
  createdById: string;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz', precision: 3 })
  @Field(() => GraphQLDateTime, { description: 'When the namespace was made.' })
  createdAt: Date;
}

export const NamespaceConnection = connectionOf(() => Namespace, 'Namespace', 'namespaces');
