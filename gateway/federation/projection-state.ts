import { GraphQLError } from 'graphql';
import { ErrorPlaces } from './error-places';

/** Where one projection stands, and what it found wrong. */
export class ProjectionState {
  /** The client's path; only the first `depth` keys count. Kept as one array, since a response has far more fields than errors. */
  readonly path: (string | number)[] = [];
  readonly errors: GraphQLError[];
  #places: ErrorPlaces | null = null;

  /** `errors` are those of the subgraphs: what they explain needs no error of its own. */
  constructor(errors: readonly GraphQLError[]) {
    this.errors = [...errors];
  }

  /** A null where the schema has none: an error, unless one of a subgraph told why. */
  reportNull(field: string, depth: number): void {
    const path = this.path.slice(0, depth);
    this.#places ??= new ErrorPlaces(this.errors);
    if (!this.#places.explains(path)) this.#add(`Cannot return null for non-nullable field ${field}.`, path);
  }

  /** A value that is not of the schema's type. */
  reportValue(message: string, depth: number): void {
    this.#add(message, this.path.slice(0, depth));
  }

  #add(message: string, path: (string | number)[]): void {
    this.errors.push(new GraphQLError(message, { path, extensions: { code: 'INTERNAL_SERVER_ERROR' } }));
    this.#places?.add(path);
  }
}
