import type { ChildProcess } from 'node:child_process';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { newId } from '../../../../platform/uuid';

/** What a hook of a push was called with. */
export interface HookCall {
  hook: 'pre-receive' | 'post-receive';
  /** Where the objects lie until the push is accepted; empty afterwards. */
  quarantine: string;
  /** `from to ref` for each ref. */
  lines: readonly string[];
}

/** Shows the pusher a line at once. */
export type Say = (text: string) => void;

const QUESTIONS = 3;
const ANSWERS = 4;

/** Git hands the pipes of its parent on to its hooks. */
export const HOOK_STDIO = ['pipe', 'pipe', 'pipe', 'pipe', 'pipe'] as const;

const SCRIPT = `#!/bin/sh
# Asks the registry, which started git with two more pipes, and shows what it answers.
{ printf '%s\\n%s\\n' "\${0##*/}" "$GIT_QUARANTINE_PATH"; cat; echo; } >&${QUESTIONS} || exit 1
while IFS= read -r line <&${ANSWERS}; do
  case $line in
    'say '*) printf '%s\\n' "\${line#say }" >&2 ;;
    'end 0') exit 0 ;;
    *) exit 1 ;;
  esac
done
exit 1
`;

/** Writes the hooks to a folder, which `core.hooksPath` shall name. */
export async function writeHooks(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o750 });
  for (const hook of ['pre-receive', 'post-receive']) {
    const part = path.join(folder, `${newId()}.part`);
    await writeFile(part, SCRIPT, { mode: 0o750 });
    await rename(part, path.join(folder, hook));
  }
}

/** Answers the hooks of one push; `answer` tells whether Git shall go on and may not throw. */
export function answerHooks(child: ChildProcess, answer: (call: HookCall, say: Say) => Promise<boolean>): void {
  const answers = child.stdio[ANSWERS] as Writable;
  answers.on('error', () => undefined);
  const say: Say = (text) => { for (const line of text.split('\n')) answers.write(`say ${line.replace(/\p{Cc}/gu, '?')}\n`); };
  let call: string[] = [];
  createInterface({ input: child.stdio[QUESTIONS] as Readable }).on('line', (line) => {
    if (call.length < 2 || line !== '') return void call.push(line);
    const [hook, quarantine, ...lines] = call;
    call = [];
    return void answer({ hook: hook as HookCall['hook'], quarantine: quarantine!, lines }, say).then((goesOn) => answers.write(goesOn ? 'end 0\n' : 'end 1\n'));
  });
}
