import { Field, ObjectType, registerEnumType } from 'type-graphql';

export const InspectionState = { PENDING: 'PENDING', PASSED: 'PASSED', FAILED: 'FAILED' } as const;
export type InspectionState = (typeof InspectionState)[keyof typeof InspectionState];

registerEnumType(InspectionState, {
  name: 'InspectionState',
  description: 'How far the inspection of a model version is.',
  valuesConfig: {
    PENDING: { description: 'It waits or is being read.' },
    PASSED: { description: 'The file is a model that the runtime can serve.' },
    FAILED: { description: 'The file cannot be served; `code` and `message` say why.' },
  },
});

@ObjectType({ description: 'The outcome of reading a model file without running it and then loading it in a capped throw-away process.' })
export class Inspection {
  @Field(() => InspectionState, { description: 'How far it is.' })
  state: InspectionState;

  @Field(() => String, { nullable: true, description: 'The error code of a refusal, such as `MODEL_INVALID`; otherwise null.' })
  code: string | null;

  @Field(() => String, { nullable: true, description: 'What was expected, what was found and what to do; null unless refused.' })
  message: string | null;
}
