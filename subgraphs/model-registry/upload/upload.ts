import { GraphQLDateTime } from 'graphql-scalars';
import { Field, ID, ObjectType } from 'type-graphql';
import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';
import { bytesColumn } from '../../../platform/database/bytes.column';
import { BigIntScalar } from '../../../platform/subgraph/big-int.scalar';

@Entity('upload')
@ObjectType({ description: 'A permission to send one file. Its version, or its file in a draft, appears when its last byte has arrived, never before.' })
export class Upload {
  @PrimaryColumn('uuid')
  @Field(() => ID, { description: 'Identifies the upload; `upload(id)` finds it again.' })
  id: string;

  @Column('uuid', { name: 'model_id' })
  modelId: string;

  @Column('text', { name: 'namespace' })
  namespaceName: string;

  @Column('bytea', { name: 'token_sha256', select: false })
  tokenSha256: Buffer;

  @Column({ name: 'size_bytes', nullable: true, ...bytesColumn })
  @Field(() => BigIntScalar, {
    nullable: true, description: 'The announced size in bytes; a body of another size is refused. Null when none was announced, until the file is there.',
  })
  sizeBytes: number | null;

  /** The announced SHA-256. */
  @Column('text', { nullable: true })
  digest: string | null;

  @Column('uuid', { name: 'version_id', nullable: true })
  versionId: string | null;

  @Column('uuid', { name: 'draft_id', nullable: true })
  draftId: string | null;

  @Column('text', { nullable: true })
  @Field(() => String, { nullable: true, description: 'Where the file will lie in its draft; null where it becomes a version by itself.' })
  path: string | null;

  @Column('text', { nullable: true, select: false })
  metadata: string | null;

  @Column({ type: 'timestamptz', name: 'completed_at', precision: 3, nullable: true })
  @Field(() => GraphQLDateTime, { nullable: true, description: 'When its last byte had arrived and all of it was kept; null until then.' })
  completedAt: Date | null;

  @Column('uuid', { name: 'created_by' })
  createdById: string;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz', precision: 3 })
  createdAt: Date;

  @Column({ type: 'timestamptz', name: 'expires_at', precision: 3 })
  @Field(() => GraphQLDateTime, { description: 'Until when the transfer may begin; one by tus that goes on moves it.' })
  expiresAt: Date;

  /** Kept nowhere, as it holds the token. */
  @Field(() => String, {
    nullable: true,
    description: 'Where to send the file, shown this once by `createUpload`; later null. It is the permission: it needs no API key.',
  })
  url?: string | null;
}
