/** Field numbers of the ONNX messages that inspection reads (onnx.proto of ONNX 1.21, IR version 13). */
export const MODEL = { IR_VERSION: 1, PRODUCER_NAME: 2, PRODUCER_VERSION: 3, GRAPH: 7, OPSET_IMPORT: 8, FUNCTIONS: 25 } as const;
export const OPSET = { DOMAIN: 1, VERSION: 2 } as const;
export const FUNCTION = { NODE: 7 } as const;
export const GRAPH = { NODE: 1, INITIALIZER: 5, INPUT: 11, OUTPUT: 12, SPARSE_INITIALIZER: 15 } as const;
export const NODE = { OP_TYPE: 4, ATTRIBUTE: 5, DOMAIN: 7 } as const;
export const ATTRIBUTE = { TENSOR: 5, GRAPH: 6, TENSORS: 10, GRAPHS: 11 } as const;
export const TENSOR = { DIMS: 1, DATA_TYPE: 2, NAME: 8, RAW_DATA: 9, EXTERNAL_DATA: 13, DATA_LOCATION: 14 } as const;
export const ENTRY = { KEY: 1, VALUE: 2 } as const;
export const SPARSE_TENSOR = { VALUES: 1 } as const;
export const VALUE_INFO = { NAME: 1, TYPE: 2 } as const;
export const TYPE = { TENSOR: 1, SEQUENCE: 4, MAP: 5, OPAQUE: 7, SPARSE_TENSOR: 8, OPTIONAL: 9 } as const;
export const TENSOR_TYPE = { ELEMENT: 1, SHAPE: 2 } as const;
export const SHAPE = { DIMENSION: 1 } as const;
export const DIMENSION = { VALUE: 1, PARAMETER: 2 } as const;

/** `TensorProto.DataLocation.EXTERNAL`. */
export const EXTERNAL = 1;
