/** A JSON object of a response; objects from graphql-js have no prototype. */
export type ResponseObject = Record<string, unknown>;

export type ResponsePath = readonly (string | number)[];

export function isObject(value: unknown): value is ResponseObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The deepest place that holds all of the paths; undefined is the response itself. */
export function commonPrefix(paths: readonly ResponsePath[]): ResponsePath | undefined {
  const [first, ...others] = paths;
  if (!first) return undefined;
  let length = first.length;
  for (const other of others) {
    let shared = 0;
    while (shared < length && other[shared] === first[shared]) shared += 1;
    length = shared;
  }
  return length === 0 ? undefined : first.slice(0, length);
}
