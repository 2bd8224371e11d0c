import { GraphQLDateTime } from 'graphql-scalars';
import { Directive, Field, ID, Int, ObjectType } from 'type-graphql';
import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';
import { BigIntScalar } from '../../platform/subgraph/big-int.scalar';
import { bytesColumn } from '../../platform/database/bytes.column';
import { WorkerState } from './worker.lifecycle';

@ObjectType({ description: 'A processor or accelerator of a worker.' })
export class Device {
  @Field(() => String, { description: '`cpu`, or such as `cuda:0`.' })
  name: string;

  @Field(() => String, { description: 'What it is: `cpu` or `cuda`.' })
  kind: 'cpu' | 'cuda';

  @Field(() => BigIntScalar, { description: 'Bytes of memory it has.' })
  memoryBytes: number;
}

@Entity('worker')
@Directive('@key(fields: "id")')
@ObjectType({ description: 'A process that hosts replicas. Operators alone see workers, since they are shared by all namespaces.' })
export class Worker {
  @PrimaryColumn('uuid')
  @Field(() => ID, { description: 'Identifies one run of the worker; a restarted worker has another.' })
  id: string;

  @Column('text')
  @Field(() => String, { description: 'Its stable name (`WORKER_NAME`).' })
  name: string;

  @Column('text')
  @Field(() => String, { description: 'The machine it runs on.' })
  host: string;

  @Column('integer')
  @Field(() => Int, { description: 'Its process id on that machine.' })
  pid: number;

  @Column('jsonb')
  @Field(() => [Device], { description: 'What it can run models on.' })
  devices: Device[];

  @Column({ name: 'memory_bytes', ...bytesColumn })
  @Field(() => BigIntScalar, { description: 'Bytes that its replicas may reserve together.' })
  memoryBytes: number;

  @Column('text', { name: 'direct_address', nullable: true })
  directAddress: string | null;

  @Column('text')
  @Field(() => WorkerState, { description: 'Whether it takes replicas.' })
  state: WorkerState;

  @Column({ name: 'heartbeat_at', type: 'timestamptz', precision: 3 })
  @Field(() => GraphQLDateTime, { description: 'When it was last heard of.' })
  heartbeatAt: Date;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz', precision: 3 })
  @Field(() => GraphQLDateTime, { description: 'When it registered.' })
  createdAt: Date;

  @Column({ name: 'gone_at', type: 'timestamptz', precision: 3, nullable: true })
  @Field(() => GraphQLDateTime, { nullable: true, description: 'When it was declared GONE; null while it is not.' })
  goneAt: Date | null;
}
