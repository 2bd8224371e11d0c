import { Directive, Field, ID, ObjectType } from 'type-graphql';

/** Entities of other subgraphs as this one names them: their keys, and the fields that this subgraph adds. */

@Directive('@key(fields: "name", resolvable: false)')
@ObjectType('Namespace')
export class NamespaceStub {
  @Field(() => String, { description: 'Its name.' })
  name: string;
}

@Directive('@key(fields: "id", resolvable: false)')
@ObjectType('Principal')
export class PrincipalStub {
  @Field(() => ID, { description: 'Its id.' })
  id: string;
}

@Directive('@key(fields: "id")')
@ObjectType('Model')
export class ModelStub {
  @Field(() => ID, { description: 'Its id.' })
  id: string;
}

@Directive('@key(fields: "id")')
@ObjectType('ModelVersion')
export class ModelVersionStub {
  @Field(() => ID, { description: 'Its id.' })
  id: string;
}
