import { PlatformError } from '../../../../platform/errors';
import { MAIN, NO_COMMIT } from '../repository';

/** A ref that a push wants to move. */
export interface RefCommand {
  from: string;
  to: string;
  ref: string;
}

const COMMANDS_MAX = 100;
const COMMAND = /^([0-9a-f]{40}) ([0-9a-f]{40}) (\S+)$/;
const REF = /^refs\/(heads|tags)\/[A-Za-z0-9][\w./+@-]{0,199}$/;
const VERSION_TAG = /^refs\/tags\/v\d+$/;

/**
 * What a push wants, from the lines that its hook was given.
 * @throws BAD_USER_INPUT for a ref that nobody may move
 */
export function readCommands(lines: readonly string[]): RefCommand[] {
  if (lines.length > COMMANDS_MAX) throw refused(`a push moves at most ${COMMANDS_MAX} refs, this one ${lines.length}`);
  return lines.map((line) => {
    const [, from, to, ref] = COMMAND.exec(line) ?? [];
    if (!from || !to || !ref) throw refused('the command is none');
    if (!REF.test(ref)) throw refused(`"${ref.slice(0, 200)}" is neither a branch nor a tag with a plain name`);
    if (VERSION_TAG.test(ref)) throw refused(`${ref} is made by the registry; other tags are yours`);
    if (ref === MAIN && to === NO_COMMIT) throw refused('main cannot be deleted: its commits are the versions');
    return { from, to, ref };
  });
}

export function refused(reason: string): PlatformError {
  return new PlatformError('BAD_USER_INPUT', `Push refused: ${reason}.`);
}
