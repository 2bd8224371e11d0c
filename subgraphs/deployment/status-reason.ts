import { Field, ObjectType } from 'type-graphql';
import { Column } from 'typeorm';
import type { ErrorCode } from '../../platform/errors';

/** Why something is in its state, as far as a reader can do something about it. */
export interface Reason {
  code: ErrorCode;
  message: string;
}

@ObjectType({ description: 'Why something is in its state: a code of the error table and a sentence for people.' })
export class StatusReason implements Reason {
  @Field(() => String, { description: 'A code of the error table, such as `NO_CAPACITY`.' })
  code: ErrorCode;

  @Field(() => String, { description: 'What happened and what to do about it.' })
  message: string;
}

/** The two columns of a reason; both are null when there is none. */
export abstract class WithReason {
  @Column('text', { name: 'reason_code', nullable: true })
  reasonCode: ErrorCode | null;

  @Column('text', { name: 'reason_message', nullable: true })
  reasonMessage: string | null;

  reasonOrNull(): Reason | null {
    return this.reasonCode === null ? null : { code: this.reasonCode, message: this.reasonMessage ?? '' };
  }
}
