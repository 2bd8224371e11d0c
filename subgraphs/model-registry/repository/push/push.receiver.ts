import type { Readable } from 'node:stream';
import type { RequestScope } from '../../../../platform/caller';
import { messageOf, PlatformError } from '../../../../platform/errors';
import type { Log } from '../../../../platform/log';
import { spawnGit, type RunningGit } from '../git-process';
import { answerHooks, HOOK_STDIO, type HookCall, type Say } from './push.hook';
import type { PushGate } from './push.gate';
import type { IncomingPush } from './incoming-push';
import type { PushOutcome } from './push.outcome';

export interface PushReceiverParts {
  gate: PushGate;
  outcome: PushOutcome;
  log: Log;
  /** Where the hooks lie. */
  hooks: string;
  /** The largest pack. */
  maxBytes: number;
}

/** Runs receive-pack for one push and answers its hooks. */
export class PushReceiver {
  constructor(private readonly parts: PushReceiverParts) {}

  start(push: IncomingPush): RunningGit {
    const { hooks, maxBytes } = this.parts;
    const config = {
      'core.hooksPath': hooks, 'receive.maxInputSize': String(maxBytes), 'receive.fsckObjects': 'true', 'receive.denyNonFastForwards': 'false',
      'receive.autogc': 'false', 'receive.keepAlive': '5', 'receive.advertisePushOptions': 'false', 'receive.unpackLimit': '100',
    };
    const child = spawnGit(['receive-pack', '--stateless-rpc', '.'], {
      dir: push.repository.dir, config, environment: push.environment, stdio: [...HOOK_STDIO],
    });
    let isAbandoned = false;
    answerHooks(child, async (call, say) => await this.#answer(push, call, say) && !(isAbandoned && call.hook === 'pre-receive'));
    // Not by a signal: receive-pack removes its quarantine at an end of its own, never in a handler.
    const abandon = () => {
      isAbandoned = true;
      child.stdin!.destroy();
    };
    return { child, abandon };
  }

  async #answer(push: IncomingPush, { hook, quarantine, lines }: HookCall, say: Say): Promise<boolean> {
    try {
      if (hook === 'pre-receive') await this.parts.gate.pass({ ...push, repository: push.repository.withQuarantine(quarantine), lines });
      else await this.parts.outcome.tell(push, lines, say);
      return true;
    } catch (error) {
      say(this.#shown(error, push.scope));
      return false;
    }
  }

  #shown(error: unknown, { requestId }: RequestScope): string {
    if (error instanceof PlatformError && error.code !== 'INTERNAL_SERVER_ERROR') return `${error.code}: ${error.message}`;
    this.parts.log.error({ err: error, requestId }, 'push failed');
    return `INTERNAL_SERVER_ERROR: a fault of the platform; the log holds it under ${requestId}.`;
  }
}

/** The last words of a Git process, for the log. */
export async function lastWords(stderr: Readable): Promise<string> {
  let text = '';
  try {
    for await (const chunk of stderr) text = `${text}${String(chunk)}`.slice(-2_000);
  } catch (error) {
    return messageOf(error);
  }
  return text;
}
