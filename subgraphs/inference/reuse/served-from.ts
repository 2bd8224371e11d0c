import { registerEnumType } from 'type-graphql';

/** COMPUTED: it ran · COALESCED: it waited for an equal one that ran · CACHE: an equal one had run before. */
export const ServedFrom = { COMPUTED: 'COMPUTED', COALESCED: 'COALESCED', CACHE: 'CACHE' } as const;
export type ServedFrom = keyof typeof ServedFrom;

/** What was answered without a run of its own. */
export type ReusedFrom = Exclude<ServedFrom, 'COMPUTED'>;

registerEnumType(ServedFrom, {
  name: 'ServedFrom',
  description: 'Where a result came from.',
  valuesConfig: {
    COMPUTED: { description: 'The model ran for it.' },
    COALESCED: { description: 'Equal inputs were being computed: it waited for their result.' },
    CACHE: { description: 'Equal inputs had been computed before: their result was used again.' },
  },
});
