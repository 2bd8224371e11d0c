import { pino, type Logger } from 'pino';

export type Log = Logger;

/** One JSON line per outcome on stderr; stdout belongs to the lines a person waits for (`ready …`). */
export function createLog(settings: { level: string; process: string }): Log {
  return pino(
    {
      level: settings.level,
      base: { process: settings.process, pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: ['authorization', 'headers.authorization', 'secret', 'password', '*.authorization', '*.secret', '*.password'], censor: '[redacted]' },
    },
    pino.destination({ fd: 2, sync: false }),
  );
}

/** For tests and one-off commands. */
export function silentLog(): Log {
  return pino({ level: 'silent' });
}
