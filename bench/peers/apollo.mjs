import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { ApolloGateway, RemoteGraphQLDataSource } from '@apollo/gateway';
import { ApolloServer } from '@apollo/server';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import Fastify from 'fastify';

const [, , supergraph, local] = process.argv;
const execute = local && createRequire(import.meta.url)(local).localExecutor();

/** Apollo Server over @apollo/gateway, on fastify, its fastest server; with `local` the subgraphs are functions of its own process. */
const app = Fastify();
const apollo = new ApolloServer({
  gateway: new ApolloGateway({
    supergraphSdl: readFileSync(supergraph, 'utf8'),
    buildService: ({ name, url }) => (execute ? { process: ({ request }) => execute(name, request.query, request.variables) } : new RemoteGraphQLDataSource({ url })),
  }),
  introspection: false, cache: 'bounded',
});
await apollo.start();
app.route({ url: '/graphql', method: ['GET', 'POST'], handler: fastifyApolloHandler(apollo) });
process.stdout.write(`ready ${await app.listen({ host: '127.0.0.1', port: 0 })}\n`);
