import { Directive, Field, ID, ObjectType } from 'type-graphql';

/** What this subgraph knows of a namespace: enough for the identity subgraph to answer the rest. */
@Directive('@key(fields: "name", resolvable: false)')
@ObjectType('Namespace', {
  description: 'A tenant: models, deployments, jobs and API keys belong to exactly one namespace. Its name never changes.',
})
export class NamespaceReference {
  @Field(() => String, { description: 'The first half of the full names in it, such as `default` in `default/ocr`.' })
  name: string;
}

/** What this subgraph knows of a principal: enough for the identity subgraph to answer the rest. */
@Directive('@key(fields: "id", resolvable: false)')
@ObjectType('Principal', {
  description: 'Someone or something that acts: the operator, or the holder of an API key or token. Rows name the principal that made them.',
})
export class PrincipalReference {
  @Field(() => ID, { description: 'Identifies the principal for good.' })
  id: string;
}
