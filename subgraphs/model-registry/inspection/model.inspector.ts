import { open } from 'node:fs/promises';
import { checkExternal, type Surroundings } from './external-data';
import { GraphCensus } from './graph.census';
import { GraphWalker } from './graph.walker';
import type { ModelFacts } from './model-facts';
import { MODEL, OPSET } from './onnx.fields';
import { checkVersions } from './runtime-support';
import { readSignature } from './signature.reader';
import { invalid, WireReader } from './wire.reader';

const OPERATOR_SETS_MAX = 256;
const VERSION_MAX = 2 ** 31 - 1;

interface ModelHeader {
  irVersion: number;
  producerName: string;
  producerVersion: string;
  operatorSets: Map<string, number>;
  graphs: number;
}

const ALONE: Surroundings = { path: 'model.onnx', beside: new Map() };

/**
 * Reads what an ONNX file declares, without a session and without reading its weights: O(1) memory, milliseconds for a gigabyte.
 * @param surroundings where its external data may lie
 * @throws MODEL_INVALID when it is no ONNX file, is cut short, lacks external data, or passes a limit that no real model reaches
 * @throws MODEL_UNSUPPORTED when it is well-formed, but newer than the runtime, or with an edge that is not served
 */
export async function inspectModel(file: string, surroundings = ALONE): Promise<ModelFacts> {
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    if (size === 0) throw invalid('it is empty');
    return await readModel(new WireReader(handle.fd, size), surroundings);
  } finally {
    await handle.close();
  }
}

async function readModel(reader: WireReader, surroundings: Surroundings): Promise<ModelFacts> {
  const header: ModelHeader = { irVersion: 0, producerName: '', producerVersion: '', operatorSets: new Map(), graphs: 0 };
  const census = new GraphCensus();
  const walker = new GraphWalker(reader, census);
  for (const field of reader.fields(reader.sizeBytes)) {
    switch (field.number) {
      case MODEL.IR_VERSION:
        header.irVersion = field.value;
        break;
      case MODEL.PRODUCER_NAME:
        header.producerName = reader.text(field);
        break;
      case MODEL.PRODUCER_VERSION:
        header.producerVersion = reader.text(field);
        break;
      case MODEL.OPSET_IMPORT:
        readOperatorSet(reader, field.end, header);
        break;
      case MODEL.FUNCTIONS:
        await walker.walkFunction(field.end);
        break;
      case MODEL.GRAPH:
        header.graphs += 1;
        await walker.walkGraph(field.end, 0);
        break;
      default: // Documentation, metadata and training information do not matter for serving.
    }
  }
  checkExternal(census.externals, surroundings);
  return assemble(header, census);
}

function readOperatorSet(reader: WireReader, end: number, header: ModelHeader): void {
  let domain = '';
  let version = 0;
  for (const field of reader.fields(end)) {
    if (field.number === OPSET.DOMAIN) domain = reader.text(field);
    else if (field.number === OPSET.VERSION) version = field.value;
  }
  if (version < 0 || version > VERSION_MAX) throw invalid(`it imports version ${version} of the operator set "${domain}"`);
  header.operatorSets.set(domain === 'ai.onnx' ? '' : domain, version);
  if (header.operatorSets.size > OPERATOR_SETS_MAX) throw invalid(`it imports more than ${OPERATOR_SETS_MAX} operator sets`);
}

function assemble(header: ModelHeader, census: GraphCensus): ModelFacts {
  const { irVersion, producerName, producerVersion } = header;
  if (header.graphs !== 1) throw invalid(header.graphs === 0 ? 'it holds no graph' : 'it holds more than one graph');
  if (irVersion < 1 || header.operatorSets.size === 0) throw invalid('it names no format version or no operator set');
  const operatorSets = [...header.operatorSets].map(([domain, version]) => ({ domain, version }));
  checkVersions(irVersion, operatorSets);
  const { nodeCount, parameterCount, weightBytes, operators, weightTypes } = census;
  const producer = [producerName, producerVersion].filter(Boolean).join(' ') || null;
  return {
    signature: readSignature(census),
    graph: { irVersion, operatorSets, producer, nodeCount, parameterCount, weightBytes, operators, weightTypes },
  };
}
