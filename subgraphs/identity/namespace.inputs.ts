import { Field, InputType, ObjectType } from 'type-graphql';
import { Namespace } from './namespace';

@InputType({ description: 'What `createNamespace` needs.' })
export class CreateNamespaceInput {
  @Field(() => String, { description: '1 to 64 of a–z, 0–9, `-`, `_` and `.`, a letter or digit first and last. It never changes.' })
  name: string;
}

@ObjectType({ description: 'What `createNamespace` answers.' })
export class CreateNamespacePayload {
  @Field(() => Namespace, { description: 'The new namespace.' })
  namespace: Namespace;
}
