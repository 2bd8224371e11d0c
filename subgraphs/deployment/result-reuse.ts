import { GraphQLDateTime } from 'graphql-scalars';
import { Field, Int, ObjectType } from 'type-graphql';
import { Column } from 'typeorm';
import { bytesColumn } from '../../platform/database/bytes.column';
import { PlatformError } from '../../platform/errors';
import { BigIntScalar } from '../../platform/subgraph/big-int.scalar';

@ObjectType({
  description: 'Results of this deployment are used again: equal inputs to the same revision are computed once, those that come meanwhile wait for it. Models whose outputs differ from run to run give old ones, too.',
})
export class ResultReuse {
  @Field(() => Int, { description: 'How long a result is used again, in milliseconds.' })
  ttlMs: number;

  @Field(() => BigIntScalar, { description: 'Bytes of results that are kept; beyond them those go first that end first.' })
  maxBytes: number;

  @Field(() => GraphQLDateTime, { description: 'When this was last set: results from before are not used.' })
  since: Date;
}

/** The columns of it; all null: nothing is used again. */
export class ResultReuseColumns {
  @Column('integer', { name: 'reuse_ttl_ms', nullable: true })
  ttlMs: number | null;

  @Column({ name: 'reuse_max_bytes', ...bytesColumn, nullable: true })
  maxBytes: number | null;

  @Column({ name: 'reuse_since', type: 'timestamptz', precision: 3, nullable: true })
  since: Date | null;
}

export interface ResultReuseWish {
  ttlMs: number;
  maxBytes: number;
}

export const NO_REUSE: Readonly<ResultReuseColumns> = { ttlMs: null, maxBytes: null, since: null };
const MOST: Readonly<ResultReuseWish> = { ttlMs: 7 * 86_400_000, maxBytes: 2 ** 40 };

/**
 * Null turns it off. Each change begins with nothing: what is on record may be what someone turned it off for.
 * @throws BAD_USER_INPUT
 */
export function resultReuseOf(wish: ResultReuseWish | null | undefined, since: Date): ResultReuseColumns {
  if (!wish) return { ...NO_REUSE };
  for (const [name, most] of Object.entries(MOST) as [keyof ResultReuseWish, number][]) {
    const value = wish[name];
    if (!Number.isSafeInteger(value) || value < 1 || value > most) throw new PlatformError('BAD_USER_INPUT', `resultReuse.${name} must be 1 to ${most}, got ${value}.`);
  }
  return { ttlMs: wish.ttlMs, maxBytes: wish.maxBytes, since };
}

export function inForce({ ttlMs, maxBytes, since }: ResultReuseColumns): ResultReuse | null {
  return ttlMs === null || maxBytes === null || since === null ? null : { ttlMs, maxBytes, since };
}
