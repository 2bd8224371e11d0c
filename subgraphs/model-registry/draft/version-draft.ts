import { GraphQLDateTime } from 'graphql-scalars';
import { Field, ID, ObjectType } from 'type-graphql';
import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';
import { BigIntScalar } from '../../../platform/subgraph/big-int.scalar';
import type { FileFacts } from '../version/version-file';

@Entity('version_draft')
@ObjectType({ description: 'A version of several files before it is published: files are uploaded into it one by one, and nobody else sees them.' })
export class VersionDraft {
  @PrimaryColumn('uuid')
  @Field(() => ID, { description: 'Identifies the draft; `versionDraft(id)` finds it again.' })
  id: string;

  @Column('uuid', { name: 'model_id' })
  modelId: string;

  @Column('text', { name: 'namespace' })
  namespaceName: string;

  @Column('uuid', { name: 'version_id', nullable: true })
  versionId: string | null;

  @Column('uuid', { name: 'created_by' })
  createdById: string;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz', precision: 3 })
  createdAt: Date;

  @Column({ type: 'timestamptz', name: 'expires_at', precision: 3 })
  @Field(() => GraphQLDateTime, { description: 'Until when it can be published; then its files are cleared away.' })
  expiresAt: Date;
}

@ObjectType({ description: 'A file that has arrived in a draft.' })
export class DraftFile implements FileFacts {
  @Field(() => String, { description: 'Where it will lie in the version.' })
  path: string;

  @Field(() => String, { name: 'sha256', description: 'The SHA-256 of its bytes, in hex.' })
  digest: string;

  @Field(() => BigIntScalar, { description: 'Its size in bytes.' })
  sizeBytes: number;
}
