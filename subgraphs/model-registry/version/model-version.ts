import { GraphQLDateTime } from 'graphql-scalars';
import { Directive, Field, ID, Int, ObjectType } from 'type-graphql';
import { Column, CreateDateColumn, Entity, PrimaryColumn, UpdateDateColumn } from 'typeorm';
import { bytesColumn } from '../../../platform/database/bytes.column';
import type { ErrorCode } from '../../../platform/errors';
import { BigIntScalar } from '../../../platform/subgraph/big-int.scalar';
import { connectionOf } from '../../../platform/subgraph/connection';
import { GraphFacts } from './graph-facts';
import { Inspection } from './inspection-result';
import { Signature } from './signature';
import { Metric, Parameter } from './training-facts';
import { VersionTag } from './version-tag';
import { VersionState } from './version.lifecycle';

@Entity('model_version')
@Directive('@key(fields: "id")')
@ObjectType({ description: 'An immutable model file with what lies beside it, and what inspection read from it.' })
export class ModelVersion {
  @PrimaryColumn('uuid')
  @Field(() => ID, { description: 'Identifies the version for good.' })
  id: string;

  @Column('uuid', { name: 'model_id' })
  modelId: string;

  @Column('text', { name: 'namespace' })
  namespaceName: string;

  @Column('integer')
  @Field(() => Int, { description: 'Counts the versions of the model from 1, without gaps.' })
  number: number;

  /** Where the model lies among its files. */
  @Column('text')
  path: string;

  @Column('text')
  @Field(() => String, { description: 'The SHA-256 of its model file, in hex.' })
  digest: string;

  @Column({ name: 'size_bytes', ...bytesColumn })
  @Field(() => BigIntScalar, { description: 'The size of its model file in bytes; `files` tells what lies beside it.' })
  sizeBytes: number;

  @Column('text', { nullable: true })
  @Field(() => String, { nullable: true, description: 'The Git commit that holds it, tagged `v<number>` in the repository of its model; null for the moment until it is made.' })
  commit: string | null;

  @Column('text')
  @Field(() => VersionState, { description: 'Where it stands.' })
  state: VersionState;

  @Column('jsonb', { nullable: true })
  @Field(() => Signature, {
    nullable: true, description: 'What it takes and gives; null until inspection has read it, and when the file could not be read.',
  })
  signature: Signature | null;

  @Column('jsonb', { nullable: true })
  @Field(() => GraphFacts, {
    nullable: true,
    description: 'What its file tells about itself; null until inspection has read it, and when the file could not be read.',
  })
  graph: GraphFacts | null;

  @Column('text', { nullable: true })
  @Field(() => String, { nullable: true, description: 'What is said of this version, in words.' })
  description: string | null;

  @Column('jsonb')
  @Field(() => [VersionTag], { description: 'Its tags, by key.' })
  tags: VersionTag[];

  @Column('jsonb')
  @Field(() => [Metric], { description: 'How good it is, as its people measured it, by name.' })
  metrics: Metric[];

  @Column('jsonb')
  @Field(() => [Parameter], { description: 'What it was trained with, by name.' })
  parameters: Parameter[];

  @Column('uuid', { name: 'derived_from', nullable: true })
  derivedFromId: string | null;

  @Column('text', { name: 'base_model', nullable: true })
  baseModel: string | null;

  @Column('text', { nullable: true })
  dataset: string | null;

  @Column('text', { name: 'training_run_url', nullable: true })
  trainingRunUrl: string | null;

  @Column('text', { name: 'error_code', nullable: true })
  errorCode: ErrorCode | null;

  @Column('text', { name: 'error_message', nullable: true })
  errorMessage: string | null;

  @Column('integer', { name: 'inspection_attempts' })
  inspectionAttempts: number;

  @Column('uuid', { name: 'created_by' })
  createdById: string;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz', precision: 3 })
  @Field(() => GraphQLDateTime, { description: 'When its upload was complete.' })
  createdAt: Date;

  @UpdateDateColumn({ name: 'updated_at', type: 'timestamptz', precision: 3 })
  @Field(() => GraphQLDateTime, { description: 'When its state last changed.' })
  updatedAt: Date;

  @Field(() => Inspection, { description: 'How its inspection ended, or that it has not.' })
  get inspection(): Inspection {
    if (this.errorCode) return { state: 'FAILED', code: this.errorCode, message: this.errorMessage };
    return { state: this.state === 'INSPECTING' ? 'PENDING' : 'PASSED', code: null, message: null };
  }
}

export const ModelVersionConnection = connectionOf(() => ModelVersion, 'ModelVersion', 'model versions');
