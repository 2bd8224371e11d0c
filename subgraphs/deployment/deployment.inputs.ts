import { Field, InputType, Int, ObjectType } from 'type-graphql';
import { DEFAULT_NAMESPACE } from '../../platform/caller';
import { AdmissionInput } from './admission.inputs';
import { Deployment } from './deployment';
import { ResultReuseInput } from './result-reuse.inputs';
import { RevisionSettingsInput } from './revision.inputs';

@InputType({
  description: 'What `createDeployment` needs: a name and a model. Without `version` and `alias` it serves the newest READY version.',
})
export class CreateDeploymentInput extends RevisionSettingsInput {
  @Field(() => String, { defaultValue: DEFAULT_NAMESPACE, description: 'The namespace of the deployment.' })
  namespace: string;

  @Field(() => String, { description: '1 to 64 of a–z, 0–9, `-`, `_` and `.`, a letter or digit first and last.' })
  name: string;

  @Field(() => String, { description: 'The full name of the model, `namespace/name`.' })
  model: string;

  @Field(() => Int, { nullable: true, description: 'The number of a READY version; not together with `alias`.' })
  version?: number | null;

  @Field(() => String, {
    nullable: true,
    description: 'An alias of the model; followed once, now: moving it later changes nothing here. Not together with `version`.',
  })
  alias?: string | null;

  @Field(() => Int, { defaultValue: 1, description: 'How many replicas are wanted, 1 to 100.' })
  replicas: number;

  @Field(() => AdmissionInput, { nullable: true, description: 'What it lets in; everything when left out.' })
  admission?: AdmissionInput | null;

  @Field(() => ResultReuseInput, { nullable: true, description: 'How its results are used again; not at all when left out.' })
  resultReuse?: ResultReuseInput | null;
}

@InputType({ description: 'What `scaleDeployment` needs.' })
export class ScaleDeploymentInput {
  @Field(() => String, { description: 'The deployment: `namespace/name` or id.' })
  deployment: string;

  @Field(() => Int, { description: 'How many replicas are wanted, 1 to 100.' })
  replicas: number;
}

@InputType({ description: 'What `stopDeployment` needs.' })
export class StopDeploymentInput {
  @Field(() => String, { description: 'The deployment: `namespace/name` or id.' })
  deployment: string;
}

@InputType({ description: 'What `startDeployment` needs.' })
export class StartDeploymentInput {
  @Field(() => String, { description: 'The deployment: `namespace/name` or id.' })
  deployment: string;
}

@InputType({ description: 'What `deleteDeployment` needs.' })
export class DeleteDeploymentInput {
  @Field(() => String, { description: 'The deployment: `namespace/name` or id.' })
  deployment: string;
}

@ObjectType({ description: 'What `createDeployment` answers.' })
export class CreateDeploymentPayload {
  @Field(() => Deployment, { description: 'The new deployment, PENDING.' })
  deployment: Deployment;
}

@ObjectType({ description: 'What `scaleDeployment` answers.' })
export class ScaleDeploymentPayload {
  @Field(() => Deployment, { description: 'The deployment.' })
  deployment: Deployment;
}

@ObjectType({ description: 'What `stopDeployment` answers.' })
export class StopDeploymentPayload {
  @Field(() => Deployment, { description: 'The deployment, STOPPED; its replicas finish what they run and unload.' })
  deployment: Deployment;
}

@ObjectType({ description: 'What `startDeployment` answers.' })
export class StartDeploymentPayload {
  @Field(() => Deployment, { description: 'The deployment.' })
  deployment: Deployment;
}

@ObjectType({ description: 'What `deleteDeployment` answers.' })
export class DeleteDeploymentPayload {
  @Field(() => Deployment, { description: 'The deployment, DELETED.' })
  deployment: Deployment;
}
