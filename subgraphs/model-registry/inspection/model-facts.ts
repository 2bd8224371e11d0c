import type { Signature } from '../../../platform/tensor/tensor';

/** What inspection reads from a model file. */
export interface ModelFacts {
  signature: Signature;
  graph: {
    irVersion: number;
    /** The standard operators have the empty domain. */
    operatorSets: { domain: string; version: number }[];
    /** The tool that wrote the file, with its version. */
    producer: string | null;
    /** Of the graph with all subgraphs and model functions. */
    nodeCount: number;
    /** How many numbers the weights hold together. */
    parameterCount: number;
    weightBytes: number;
    /** Most used first; `domain::name` unless standard. */
    operators: { name: string; count: number }[];
    /** Datatypes of the weights, most used first, in ONNX's own names. */
    weightTypes: { name: string; count: number }[];
  };
}
