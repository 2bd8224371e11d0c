import net from 'node:net';
import { encodeMessage, KIND, type MessageKind } from '../../platform/direct/message';
import { MessageReader } from '../../platform/direct/message-reader';
import { packFrame } from '../../platform/tensor/frame';

export interface ScriptedCall {
  call: number;
  header: Record<string, unknown>;
  say(kind: MessageKind, header?: object, frame?: Uint8Array): void;
  write(bytes: Uint8Array): void;
  /** Closes in order (FIN), as the system does for a process that was killed. */
  end(): void;
  /** As the system does where something was left unread (RST). */
  reset(): void;
}

export interface ScriptedWorker {
  id: string;
  address: string;
  /** Calls that came. */
  readonly calls: number;
  close(): Promise<void>;
}

export const TIMING = { queuedMs: 0, batchWaitMs: 0, computeMs: 1, batchSize: 1 };
export const ANSWER = packFrame([[{ name: 'y', datatype: 'FP32', shape: [1, 2], data: new Uint8Array(8) }]]);

/** The far end of the direct lane, doing what the test says: a crash cannot be ordered of a real worker at a byte's exactness. */
export async function scriptWorker(id: string, onCall: (call: ScriptedCall) => void): Promise<ScriptedWorker> {
  let calls = 0;
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    const reader = new MessageReader(2 ** 30);
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      for (const { kind, call, header: told } of reader.push(chunk)) {
        if (kind !== KIND.CALL) continue;
        calls += 1;
        onCall({
          call, header: told as Record<string, unknown>,
          say: (said, header, frame) => { for (const part of encodeMessage({ kind: said, call, header, frame })) socket.write(part); },
          write: (bytes) => { socket.write(bytes); },
          end: () => { socket.end(); },
          reset: () => { socket.resetAndDestroy(); },
        });
      }
    });
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const { port } = server.address() as net.AddressInfo;
  return {
    id, address: `127.0.0.1:${port}`,
    get calls() { return calls; },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => { server.close(resolve); });
    },
  };
}
