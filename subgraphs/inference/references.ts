import { Directive, Field, ID, ObjectType } from 'type-graphql';

/** Nodes of other subgraphs that jobs point to: this subgraph knows their keys alone. */

@Directive('@key(fields: "name", resolvable: false)')
@ObjectType('Namespace', { description: 'A tenant.' })
export class NamespaceReference {
  @Field(() => String, { description: 'Its name.' })
  name: string;
}

@Directive('@key(fields: "id", resolvable: false)')
@ObjectType('Revision', { description: 'An immutable configuration of a deployment.' })
export class RevisionReference {
  @Field(() => ID, { description: 'Identifies the revision.' })
  id: string;
}

@Directive('@key(fields: "id", resolvable: false)')
@ObjectType('ModelVersion', { description: 'An immutable version of a model.' })
export class ModelVersionReference {
  @Field(() => ID, { description: 'Identifies the version.' })
  id: string;
}

@Directive('@key(fields: "id", resolvable: false)')
@ObjectType('Principal', { description: 'Someone or something that acts.' })
export class PrincipalReference {
  @Field(() => ID, { description: 'Identifies the principal.' })
  id: string;
}

@Directive('@key(fields: "id")')
@ObjectType('Deployment', { description: 'The wish to serve a model under a stable name.' })
export class DeploymentReference {
  @Field(() => ID, { description: 'Identifies the deployment for good.' })
  id: string;
}
