import { hasGitLfs } from './git-user';

export { GitUser } from './git-user';

/** Runs where `git-lfs` is on the PATH and is reported as skipped elsewhere. */
export const describeWithGitLfs: jest.Describe = hasGitLfs() ? describe : describe.skip;
