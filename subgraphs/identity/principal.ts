import { Directive, Field, ID, ObjectType } from 'type-graphql';
import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';

@Entity('principal')
@Directive('@key(fields: "id")')
// Each sees itself, also where others of its roles don't.
@Directive('@tag(name: "personal")')
@ObjectType({
  description: 'Someone or something that acts: the operator, or the holder of an API key or token. Rows name the principal that made them.',
})
export class Principal {
  @PrimaryColumn('uuid')
  @Field(() => ID, { description: 'Identifies the principal for good.' })
  id: string;

  @Column('text')
  @Field(() => String, { description: 'What the principal is called; an API key gives its own name to its principal.' })
  name: string;

  @Column('boolean', { name: 'is_operator' })
  isOperator: boolean;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz', precision: 3 })
  createdAt: Date;
}
