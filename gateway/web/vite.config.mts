import path from 'node:path';
import { defineConfig } from 'vite';

const client = path.join(import.meta.dirname, 'client');

/** GraphiQL's page: React, Monaco and its workers, from our own origin alone. */
export default defineConfig({
  root: client,
  base: '/graphiql/',
  publicDir: false,
  build: {
    outDir: path.join(client, '../../../dist/web'),
    emptyOutDir: true,
    // Monaco is one piece of 2 MB whichever way it is cut.
    chunkSizeWarningLimit: 5_000,
    // The policy of the page allows no data: scripts.
    assetsInlineLimit: 0,
    // "use client" speaks to React's server renderer, which has no part here.
    rolldownOptions: { checks: { moduleLevelDirective: false } },
  },
  worker: { format: 'es' },
});
