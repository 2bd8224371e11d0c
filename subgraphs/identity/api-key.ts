import { GraphQLDateTime } from 'graphql-scalars';
import { Field, ID, ObjectType } from 'type-graphql';
import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';
import type { Role } from '../../platform/caller';
import { connectionOf } from '../../platform/subgraph/connection';
import { RoleEnum } from './role.enum';

@Entity('api_key')
@ObjectType({ description: 'A secret that lets a program act in one namespace with one role. The secret itself is kept nowhere.' })
export class ApiKey {
  @PrimaryColumn('uuid')
  @Field(() => ID, { description: 'Identifies the key; `revokeApiKey` takes it.' })
  id: string;

  /** Null on the operator's bootstrap key alone. */
  @Column('text', { nullable: true })
  namespace: string | null;

  @Column('uuid', { name: 'principal_id' })
  principalId: string;

  @Column('text')
  @Field(() => String, { description: 'What the key is for, as its maker wrote it.' })
  name: string;

  @Column('text')
  @Field(() => String, { description: 'The first characters of the secret, enough to recognise it in a configuration file.' })
  prefix: string;

  @Column('bytea', { name: 'secret_sha256', select: false })
  secretSha256: Buffer;

  @Column('text')
  @Field(() => RoleEnum, { description: 'What the key may do in its namespace.' })
  role: Role;

  @Column('uuid', { name: 'created_by' })
  createdById: string;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz', precision: 3 })
  @Field(() => GraphQLDateTime, { description: 'When the key was made.' })
  createdAt: Date;

  @Column({ type: 'timestamptz', name: 'last_used_at', precision: 3, nullable: true })
  @Field(() => GraphQLDateTime, {
    nullable: true, description: 'When the key was last used, exact to a minute; null before its first use.',
  })
  lastUsedAt: Date | null;

  @Column({ type: 'timestamptz', name: 'expires_at', precision: 3, nullable: true })
  @Field(() => GraphQLDateTime, { nullable: true, description: 'From when on the key is refused; null for never.' })
  expiresAt: Date | null;

  @Column({ type: 'timestamptz', name: 'revoked_at', precision: 3, nullable: true })
  @Field(() => GraphQLDateTime, { nullable: true, description: 'When the key was revoked; null while it is not.' })
  revokedAt: Date | null;
}

export const ApiKeyConnection = connectionOf(() => ApiKey, 'ApiKey', 'API keys');
