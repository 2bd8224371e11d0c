/**
 * The first and the last of some job ids, for `between $a::uuid and $b::uuid` beside the look-up of each id. Postgres then opens only the partitions of those
 * days when a statement begins; a look-up alone, which it can prune only while it runs, sets all of them up first: at 33 days twice the cost.
 *
 * For statements that read alone. One that updates or locks rows which another has just changed checks them again, and Postgres 18.4 then loses all but the
 * first of them where partitions were pruned at its beginning.
 */
export function idRange(ids: readonly string[]): [string | null, string | null] {
  let [first, last]: [string | null, string | null] = [null, null];
  for (const given of ids) {
    // Text order is the order of the ids only where all are of one case.
    const id = given.toLowerCase();
    if (first === null || id < first) first = id;
    if (last === null || id > last) last = id;
  }
  return [first, last];
}
