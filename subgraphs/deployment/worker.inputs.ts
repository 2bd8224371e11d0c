import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { Worker } from './worker';

@InputType({ description: 'What `drainWorker` needs.' })
export class DrainWorkerInput {
  @Field(() => ID, { description: 'The id of the worker.' })
  id: string;
}

@ObjectType({ description: 'What `drainWorker` answers.' })
export class DrainWorkerPayload {
  @Field(() => Worker, { description: 'The worker, DRAINING.' })
  worker: Worker;
}
