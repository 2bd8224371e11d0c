import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { createGatewayRuntime } from '@graphql-hive/gateway-runtime';
import { unifiedGraphHandler } from '@graphql-hive/router-runtime';

const [, , supergraph, local] = process.argv;
const execute = local && createRequire(import.meta.url)(local).localExecutor();
const transports = execute && {
  transports: { http: { getSubgraphExecutor: ({ subgraphName }) => ({ document, variables }) => execute(subgraphName, document, variables) } },
};

/** Hive Gateway's runtime with its Rust planner, on node:http; with `local` the subgraphs are functions of its own process. */
const gateway = createGatewayRuntime({
  supergraph: readFileSync(supergraph, 'utf8'), unifiedGraphHandler, logging: false, landingPage: false, graphiql: false, ...transports,
});
const server = createServer(gateway);
server.listen(0, '127.0.0.1', () => process.stdout.write(`ready http://127.0.0.1:${server.address().port}\n`));
