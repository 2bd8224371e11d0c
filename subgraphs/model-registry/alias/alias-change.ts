import { GraphQLDateTime } from 'graphql-scalars';
import { Field, ObjectType } from 'type-graphql';
import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';
import { connectionOf } from '../../../platform/subgraph/connection';

@Entity('alias_change')
@ObjectType({ description: 'One move of an alias.' })
export class AliasChange {
  @PrimaryColumn('uuid')
  id: string;

  @Column('uuid', { name: 'alias_id' })
  aliasId: string;

  /** Null: the alias was removed. */
  @Column('uuid', { name: 'version_id', nullable: true })
  versionId: string | null;

  /** Of a rollback: the move that it repeats. */
  @Column('uuid', { name: 'restores', nullable: true })
  restoresId: string | null;

  @Column('uuid', { name: 'created_by' })
  createdById: string;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz', precision: 3 })
  @Field(() => GraphQLDateTime, { description: 'When the alias was moved.' })
  createdAt: Date;

  @Field(() => Boolean, { description: 'Whether `rollbackAlias` made it.' })
  get isRollback(): boolean {
    return this.restoresId !== null;
  }
}

export const AliasChangeConnection = connectionOf(() => AliasChange, 'AliasChange', 'moves of an alias');
