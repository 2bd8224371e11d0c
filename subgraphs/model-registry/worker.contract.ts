/**
 * The contract between this subgraph and the workers: the subgraph implements it, `workers/` imports these types alone, `workers/app.ts`
 * hands in the instance.
 */

/** Implemented by the model registry's artifact store. */
export interface Artifacts {
  /**
   * A readable local file with the artifact's bytes, verified against the digest; the worker links or copies it into a folder of its own.
   */
  localFile(digest: string): Promise<string>;
}
