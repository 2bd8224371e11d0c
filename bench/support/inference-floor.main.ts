import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Datatype } from '../../platform/tensor/datatype';
import type { RawTensor } from '../../platform/tensor/tensor';
import { layoutOf } from '../../workers/batching/batch-layout';
import { Runner } from '../../workers/runtime/runner';

interface Waiting {
  input: RawTensor;
  answer(outputs: RawTensor[]): void;
}

interface Head {
  inputs: { name: string; datatype: Datatype; shape: number[] }[];
}

/**
 * The thinnest server that does the same: one input, binary both ways, one onnxruntime child, a fixed batch that whoever waits may share. No check, no limit,
 * no tenant, no log, no time-out.
 */
async function main(file: string, maxBatch: number): Promise<void> {
  const { runner } = await Runner.start({ memoryBytes: 2 ** 30, threads: 1, timeoutMs: 600_000, loadTimeoutMs: 60_000 }, file);
  const layout = layoutOf({ signature: { inputs: [], outputs: [] } });
  const waiting: Waiting[] = [];
  let isRunning = false;
  const runAll = async (): Promise<void> => {
    isRunning = true;
    while (waiting.length > 0) {
      const batch = waiting.splice(0, maxBatch);
      const inputs = batch.length === 1 ? [batch[0]!.input] : layout.stack(batch.map(({ input }) => [input]));
      const [result] = await runner.run([{ inputs, outputs: null }]);
      const each = batch.length === 1 ? [result!.outputs] : layout.split(result!.outputs, batch.map(({ input }) => layout.extentOf([input])!));
      batch.forEach(({ answer }, position) => answer(each[position]!));
    }
    isRunning = false;
  };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => {
      const body = Buffer.concat(chunks);
      const headBytes = Number(request.headers['inference-header-content-length']);
      const { name, datatype, shape } = (JSON.parse(body.toString('utf8', 0, headBytes)) as Head).inputs[0]!;
      waiting.push({ input: { name, datatype, shape, data: body.subarray(headBytes) }, answer: (outputs) => {
        const head = Buffer.from(JSON.stringify({ outputs: outputs.map(({ data, ...rest }) => ({ ...rest, parameters: { binary_data_size: data.byteLength } })) }));
        response.writeHead(200, { 'inference-header-content-length': String(head.byteLength) }).end(Buffer.concat([head, ...outputs.map(({ data }) => data)]));
      } });
      if (!isRunning) setImmediate(() => { if (!isRunning) void runAll(); });
    });
  });
  server.listen(0, '127.0.0.1', () => process.stdout.write(`ready http://127.0.0.1:${(server.address() as AddressInfo).port}\n`));
}

void main(process.argv[2]!, Number(process.argv[3]));
