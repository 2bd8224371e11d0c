/**
 * Settings of the embedded server: durable as Postgres is by default (`fsync`, `synchronous_commit`), and lean while idle.
 * `io_method=sync` saves three I/O worker processes, no parallel query saves shared memory that small /dev/shm do not have.
 */
const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '200',
  shared_buffers: '64MB',
  max_wal_size: '512MB',
  io_method: 'sync',
  jit: 'off',
  max_parallel_workers_per_gather: '0',
  max_wal_senders: '0',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_checkpoints: 'off',
};

export function serverArguments(dir: string, port: number, overrides: Readonly<Record<string, string>> = {}): string[] {
  const settings = Object.entries({ ...SETTINGS, ...overrides }).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  return ['-D', dir, '-p', String(port), ...settings];
}
