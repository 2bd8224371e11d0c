import net from 'node:net';

/** A port of `host` that nothing listens on at the moment: `wanted`, or any when it is 0. Rejects when `wanted` is taken. */
export function freePort(host = '127.0.0.1', wanted = 0): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = net.createServer().once('error', reject).listen(wanted, host, () => {
      const { port } = server.address() as net.AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
