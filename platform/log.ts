import { pino, type Logger } from 'pino';

export type Log = Logger;

/** One JSON line per outcome on stderr; stdout belongs to the lines a person waits for (`ready …`). */
export function createLog(settings: { level: string; process: string }): Log {
  return pino(
    {
      level: settings.level,
      base: { process: settings.process, pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      serializers: { err: describeError, error: describeError },
      formatters: { level: (label) => ({ level: label }) },
      redact: {
        paths: ['authorization', 'headers.authorization', 'secret', 'password', '*.authorization', '*.secret', '*.password'],
        censor: '[redacted]',
      },
    },
    pino.destination({ fd: 2, sync: false }),
  );
}

interface ErrorDescription {
  type: string;
  message: string;
  code?: unknown;
  stack?: string;
  cause?: ErrorDescription;
}

/** Drivers hang their client, with its credentials, on an error: only these fields are ever logged. */
function describeError(thrown: unknown): ErrorDescription {
  if (!(thrown instanceof Error)) return { type: typeof thrown, message: String(thrown) };
  const { name, message, stack, cause } = thrown;
  const code: unknown = 'code' in thrown ? thrown.code : undefined;
  return {
    type: name, message, ...(code === undefined ? {} : { code }), stack, ...(cause === undefined ? {} : { cause: describeError(cause) }),
  };
}

/** For tests and one-off commands. */
export function silentLog(): Log {
  return pino({ level: 'silent' });
}
