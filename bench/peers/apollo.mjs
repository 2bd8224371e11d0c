import { readFileSync } from 'node:fs';
import { ApolloGateway } from '@apollo/gateway';
import { ApolloServer } from '@apollo/server';
import fastifyApollo, { fastifyApolloDrainPlugin } from '@as-integrations/fastify';
import Fastify from 'fastify';

/** Apollo Server over @apollo/gateway, on fastify, its fastest server. */
const app = Fastify();
const apollo = new ApolloServer({
  gateway: new ApolloGateway({ supergraphSdl: readFileSync(process.argv[2], 'utf8') }),
  plugins: [fastifyApolloDrainPlugin(app)], introspection: false, cache: 'bounded',
});
await apollo.start();
await app.register(fastifyApollo.default ?? fastifyApollo, { path: '/graphql' });
process.stdout.write(`ready ${await app.listen({ host: '127.0.0.1', port: 0 })}\n`);
