import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createGatewayRuntime } from '@graphql-hive/gateway-runtime';
import { unifiedGraphHandler } from '@graphql-hive/router-runtime';

/** Hive Gateway's runtime with its Rust planner, on node:http. */
const gateway = createGatewayRuntime({
  supergraph: readFileSync(process.argv[2], 'utf8'), unifiedGraphHandler, logging: false, landingPage: false, graphiql: false,
});
const server = createServer(gateway);
server.listen(0, '127.0.0.1', () => process.stdout.write(`ready http://127.0.0.1:${server.address().port}\n`));
