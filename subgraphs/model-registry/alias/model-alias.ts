import { GraphQLDateTime } from 'graphql-scalars';
import { Field, ObjectType } from 'type-graphql';
import { Column, CreateDateColumn, Entity, PrimaryColumn, UpdateDateColumn } from 'typeorm';

@Entity('model_alias')
@ObjectType({ description: 'A movable name of a version, such as `production`.' })
export class ModelAlias {
  @PrimaryColumn('uuid')
  id: string;

  @Column('uuid', { name: 'model_id' })
  modelId: string;

  @Column('text')
  @Field(() => String, { description: 'The name.' })
  name: string;

  /** Null once the alias was removed; the row stays, so that its history goes on when the name is set again. */
  @Column('uuid', { name: 'version_id', nullable: true })
  versionId: string | null;

  @Column('boolean', { name: 'is_protected' })
  @Field(() => Boolean, { description: 'Whether only admins of the namespace move it.' })
  isProtected: boolean;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz', precision: 3 })
  createdAt: Date;

  @UpdateDateColumn({ name: 'updated_at', type: 'timestamptz', precision: 3 })
  @Field(() => GraphQLDateTime, { description: 'When it was last moved.' })
  updatedAt: Date;
}
