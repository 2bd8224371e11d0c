import { VARIABLES } from '../platform/env';
import { ERRORS } from '../platform/errors';

/** Pages that are tables of the code: written by `npm run docs`, held equal to the code by a test. */
export function generatedPages(): Record<string, string> {
  return { 'docs/errors.md': errorsPage(), 'docs/configuration.md': configurationPage(), '.env.example': envExample() };
}

function errorsPage(): string {
  const rows = Object.entries(ERRORS).map(
    ([code, { status, isRetryable, meaning }]) => `| \`${code}\` | ${status} | ${isRetryable ? 'yes' : 'no'} | ${meaning} |`,
  );
  return `# Errors

A refused request is a GraphQL error whose \`extensions\` hold \`code\`, \`requestId\` and what else belongs to the code; the byte and REST routes answer
\`{ "error": { "code", "message", "requestId" } }\` with the status below. A job that failed is data: \`job.error { code message }\`, and per item \`item.error\`.
"Retry" says whether the same request may succeed later without being changed. Faults of the platform itself are masked; the log holds them whole under the request id.

| code | status | retry | meaning |
|---|---|---|---|
${rows.join('\n')}
`;
}

function configurationPage(): string {
  const rows = Object.entries(VARIABLES).map(
    ([name, row]) => `| \`${name}\` | ${shownDefault(name, row.default)} | ${row.unit ?? ''} | ${row.sentence} |`,
  );
  return `# Configuration

Everything is set by environment variables, read once at start. Wrong values stop the start, all named together. Nothing needs to be set.

| variable | default | unit | what it does |
|---|---|---|---|
${rows.join('\n')}
`;
}

/** Defaults that depend on the machine are told in words. */
function shownDefault(name: string, value: string | null): string {
  if (name === 'DATA_DIR') return '`~/.local/share/modelgraph`; `/var/lib/modelgraph` for root';
  if (name === 'WORKER_NAME') return '`<hostname>-0`';
  return value === null || value === '' ? '—' : `\`${value}\``;
}

function envExample(): string {
  const fixed = (name: string, value: string | null) => (name === 'DATA_DIR' || name === 'WORKER_NAME' ? '' : (value ?? ''));
  const entries = Object.entries(VARIABLES).map(
    ([name, row]) => `# ${row.sentence}${row.unit ? ` (${row.unit})` : ''}\n# ${name}=${fixed(name, row.default)}`,
  );
  return `${entries.join('\n\n')}\n`;
}
