import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { Pool } from 'undici';
import { post } from '../../gateway/federation/link/post';

interface Author { id: string; name?: string; country?: string }
interface Product { id: string; reviews?: { id: string; stars: number; author: Author }[] }

const HEADERS = { 'content-type': 'application/json' };
const PRODUCTS = 'query($first: Int!) { products(first: $first) { id name price } }';
const REVIEWS = 'query($r: [_Any!]!) { _entities(representations: $r) { ... on Product { reviews { id stars author { id } } } } }';
const AUTHORS = 'query($r: [_Any!]!) { _entities(representations: $r) { ... on Author { name country } } }';

/** The thinnest server that gives the bench's answers: no plan, no check, no limit, no log, made for the one query. */
const asks = Object.fromEntries([...readFileSync(process.argv[2]!, 'utf8').matchAll(/@join__graph\(name: "(\w+)", url: "([^"]+)"/g)].map(([, name, address]) => {
  const url = new URL(address!);
  const pool = new Pool(url.origin, { connections: 64 });
  return [name!, async <Data>(query: string, variables: object): Promise<Data> => {
    const { text } = await post(pool, { path: url.pathname, headers: HEADERS, body: JSON.stringify({ query, variables }) });
    return (JSON.parse(text) as { data: Data }).data;
  }];
}));

async function answer(first: number): Promise<object> {
  const { products } = await asks['catalog']!<{ products: Product[] }>(PRODUCTS, { first });
  const reviewed = await asks['reviews']!<{ _entities: Required<Product>[] }>(REVIEWS, { r: products.map(({ id }) => ({ __typename: 'Product', id })) });
  products.forEach((product, index) => { product.reviews = reviewed._entities[index]!.reviews; });
  const ids = [...new Set(products.flatMap(({ reviews }) => reviews!.map(({ author }) => author.id)))];
  const people = await asks['people']!<{ _entities: Author[] }>(AUTHORS, { r: ids.map((id) => ({ __typename: 'Author', id })) });
  const byId = new Map(ids.map((id, index) => [id, people._entities[index]!]));
  for (const review of products.flatMap(({ reviews }) => reviews!)) {
    const { name, country } = byId.get(review.author.id)!;
    review.author = { name, country } as Author;
  }
  return { data: { products } };
}

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => {
    const { variables } = JSON.parse(Buffer.concat(chunks).toString()) as { variables: { first: number } };
    void answer(variables.first).then((data) => response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(data)));
  });
});
server.listen(0, '127.0.0.1', () => process.stdout.write(`ready http://127.0.0.1:${(server.address() as AddressInfo).port}\n`));
