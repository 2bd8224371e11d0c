import { Socket } from 'node:net';
import { LIFELINE_FD } from './runner.protocol';

/**
 * A thread of the runner that outlives the worker by a moment only. The worker holds the other end of a pipe and never writes; when the
 * pipe ends, the worker is gone, even by SIGKILL. The main thread may be inside native code for ever by then and would not notice.
 */
const lifeline = new Socket({ fd: LIFELINE_FD, readable: true, writable: false });
lifeline.on('error', () => undefined);
lifeline.on('close', () => process.kill(process.pid, 'SIGKILL'));
lifeline.resume();
