import { readFileSync } from 'node:fs';
import { ApolloGateway } from '@apollo/gateway';
import { ApolloServer } from '@apollo/server';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import Fastify from 'fastify';

/** Apollo Server over @apollo/gateway, on fastify, its fastest server. */
const app = Fastify();
const apollo = new ApolloServer({
  gateway: new ApolloGateway({ supergraphSdl: readFileSync(process.argv[2], 'utf8') }),
  introspection: false, cache: 'bounded',
});
await apollo.start();
app.route({ url: '/graphql', method: ['GET', 'POST'], handler: fastifyApolloHandler(apollo) });
process.stdout.write(`ready ${await app.listen({ host: '127.0.0.1', port: 0 })}\n`);
