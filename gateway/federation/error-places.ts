import type { GraphQLError } from 'graphql';
import type { ResponsePath } from './response';

interface Node {
  readonly children: Map<string | number, Node>;
  isError: boolean;
}

/** Tells whether an error already explains why something is missing, in one walk along its path. */
export class ErrorPlaces {
  #root: Node = { children: new Map(), isError: false };

  constructor(errors: readonly GraphQLError[]) {
    for (const { path } of errors) this.add(path ?? []);
  }

  add(path: ResponsePath): void {
    let node = this.#root;
    for (const key of path) {
      const child = node.children.get(key) ?? { children: new Map(), isError: false };
      node.children.set(key, child);
      node = child;
    }
    node.isError = true;
  }

  /** An error at the place, above it, or below it (whose null has risen to the place). */
  explains(path: ResponsePath): boolean {
    let node = this.#root;
    for (const key of path) {
      if (node.isError) return true;
      const child = node.children.get(key);
      if (!child) return false;
      node = child;
    }
    return true;
  }
}
