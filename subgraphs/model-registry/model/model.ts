import { GraphQLDateTime } from 'graphql-scalars';
import { Directive, Field, ID, ObjectType } from 'type-graphql';
import { Column, CreateDateColumn, Entity, PrimaryColumn, UpdateDateColumn } from 'typeorm';
import { connectionOf } from '../../../platform/subgraph/connection';

@Entity('model')
@Directive('@key(fields: "id")')
@Directive('@key(fields: "fullName")')
@ObjectType({ description: 'A named model. What it computes is in its versions, each an immutable file.' })
export class Model {
  @PrimaryColumn('uuid')
  @Field(() => ID, { description: 'Identifies the model for good.' })
  id: string;

  @Column('text', { name: 'namespace' })
  namespaceName: string;

  @Column('text')
  @Field(() => String, { description: 'Its name within the namespace; it never changes.' })
  name: string;

  @Column('text', { nullable: true })
  @Field(() => String, { nullable: true, description: 'What the model is for, in words.' })
  description: string | null;

  @Column('text', { array: true })
  @Field(() => [String], { description: 'Words to find it by.' })
  tags: string[];

  @Column('uuid', { name: 'created_by' })
  createdById: string;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz', precision: 3 })
  @Field(() => GraphQLDateTime, { description: 'When the model was made.' })
  createdAt: Date;

  @UpdateDateColumn({ name: 'updated_at', type: 'timestamptz', precision: 3 })
  @Field(() => GraphQLDateTime, { description: 'When its description, tags or state were last changed.' })
  updatedAt: Date;

  @Column({ type: 'timestamptz', name: 'archived_at', precision: 3, nullable: true })
  @Field(() => GraphQLDateTime, {
    nullable: true, description: 'When it was archived: it takes no new versions and is left out of lists. Null while it is not.',
  })
  archivedAt: Date | null;

  @Field(() => String, { description: 'Its name across namespaces: `namespace/name`.' })
  get fullName(): string {
    return `${this.namespaceName}/${this.name}`;
  }
}

export const ModelConnection = connectionOf(() => Model, 'Model', 'models');
