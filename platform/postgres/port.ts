import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';

/** The port of the last start where it is free again, so that clients of a killed platform find the new one; else any free one. */
export async function choosePort(dir: string): Promise<number> {
  const file = path.join(dir, 'port');
  const remembered = fs.existsSync(file) ? Number(fs.readFileSync(file, 'utf8')) : 0;
  const port = (remembered > 0 && await listenOnce(remembered)) || await listenOnce(0);
  if (port === null) throw new Error('no free port on 127.0.0.1');
  fs.writeFileSync(file, String(port));
  return port;
}

function listenOnce(port: number): Promise<number | null> {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once('error', () => resolve(null));
    server.listen(port, '127.0.0.1', () => {
      const { port: taken } = server.address() as net.AddressInfo;
      server.close(() => resolve(taken));
    });
  });
}
