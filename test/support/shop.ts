import type { GraphQLSchema } from 'graphql';
import { withFaults, type Faults, type Row } from './faulty-fields';
import { makeSchema, makeSubgraph, type Reference, type TestSubgraph } from './subgraphs';

/** A shop: keys of several fields, several keys of one entity, `@requires` of a field with `@requires`, `@provides`, input objects. */
export interface Shop {
  readonly subgraphs: readonly TestSubgraph[];
  readonly merged: GraphQLSchema;
  readonly faults: Faults;
}

const products = `
  type Query { product(id: ID!): Product products(filter: Filter): [Product!]! cheapest: Priced }
  input Filter { min: Int = 0 max: Int }
  enum Region { EU US }
  interface Priced { price: Int }
  type Product implements Priced @key(fields: "sku region") @key(fields: "upc") { sku: ID! region: Region! upc: ID! price: Int weight: Int! box: Box likeThis(first: Int): [Product!]! }
  type Box { width: Int! height: Int }`;

const stock = `
  type Query { warehouses: [Warehouse!] }
  type Product @key(fields: "upc") { upc: ID! price: Int @external weight: Int! @external inStock: Int postage: Int @requires(fields: "price weight") warehouse: Warehouse! }
  type Warehouse @key(fields: "id") { id: ID! products(first: Int): [Product!]! keeper: Employee @provides(fields: "name") }
  type Employee @key(fields: "id") { id: ID! name: String! @external }`;

const selling = `
  type Query { basket: [Line]! }
  type Line { count: Int! product: Product! seller: Employee }
  enum Region { EU US }
  type Product @key(fields: "sku region") { sku: ID! region: Region! postage: Int @external box: Box @external total: Int @requires(fields: "postage box { width }") boughtWith: [Product!] }
  type Box { width: Int! @external }
  type Employee @key(fields: "id") { id: ID! sold: [Product!]! }`;

const staff = `
  type Query { employee(id: ID!): Employee staff(first: Int): [Employee]! }
  type Employee @key(fields: "id") { id: ID! name: String! boss: Employee works: Warehouse }
  type Warehouse @key(fields: "id") { id: ID! city: String! staff: [Employee!]! }`;

const merged = `
  type Query { product(id: ID!): Product products(filter: Filter): [Product!]! cheapest: Priced warehouses: [Warehouse!] basket: [Line]!
    employee(id: ID!): Employee staff(first: Int): [Employee]! }
  input Filter { min: Int = 0 max: Int }
  enum Region { EU US }
  interface Priced { price: Int }
  type Product implements Priced { sku: ID! region: Region! upc: ID! price: Int weight: Int! box: Box likeThis(first: Int): [Product!]! inStock: Int postage: Int
    warehouse: Warehouse! total: Int boughtWith: [Product!] }
  type Box { width: Int! height: Int }
  type Warehouse { id: ID! products(first: Int): [Product!]! keeper: Employee city: String! staff: [Employee!]! }
  type Line { count: Int! product: Product! seller: Employee }
  type Employee { id: ID! name: String! sold: [Product!]! boss: Employee works: Warehouse }`;

const goods: Row[] = [1, 2, 3, 4].map((n) => ({
  __typename: 'Product', id: `u${n}`, upc: `u${n}`, sku: `k${(n + 1) >> 1}`, region: n % 2 ? 'EU' : 'US', price: n === 4 ? null : n * 10, weight: n,
  box: n === 2 ? null : { width: n, height: n === 3 ? null : n },
}));
const warehouses: Row[] = [1, 2].map((n) => ({ __typename: 'Warehouse', id: `h${n}`, city: `City ${n}` }));
const employees: Row[] = [1, 2, 3].map((n) => ({ __typename: 'Employee', id: `e${n}`, name: `Employee ${n}` }));
const lines: Row[] = [1, 2].map((n) => ({ __typename: 'Line', id: `l${n}`, count: n }));
const find = (rows: readonly Row[], id: unknown): Row | null => rows.find((row) => row.id === id) ?? null;
const numberOf = ({ id }: Row): number => Number(id.slice(1));
const firstOf = <Item>(items: Item[], first?: number | null): Item[] => items.slice(0, first ?? items.length);

interface Given { id: string; first?: number | null; filter?: { min?: number | null; max?: number | null } | null }
const postageOf = ({ price, weight }: Row) => (price == null ? null : (price as number) + (weight as number));
const fields = {
  Query: {
    product: (_: Row, { id }: Given) => find(goods, id), cheapest: () => goods[0],
    products: (_: Row, { filter }: Given) => goods.filter((row) => numberOf(row) >= (filter?.min ?? 0) && numberOf(row) <= (filter?.max ?? 9)),
    warehouses: () => warehouses, basket: () => [lines[0], null, lines[1]], employee: (_: Row, { id }: Given) => find(employees, id),
    staff: (_: Row, { first }: Given) => firstOf([employees[2], null, employees[0]], first),
  },
  Product: {
    likeThis: (row: Row, { first }: Given) => firstOf(goods.filter(({ id }) => id > row.id), first), inStock: (row: Row) => numberOf(row) * 7,
    warehouse: (row: Row) => warehouses[numberOf(row) % 2], boughtWith: (row: Row) => (numberOf(row) === 1 ? null : goods.filter(({ id }) => id < row.id)),
    postage: postageOf,
    total: (row: Row) => {
      // The subgraph gets the postage from outside; the merged schema works it out.
      const postage = 'postage' in row ? row['postage'] as number | null : postageOf(row);
      return postage === null ? null : postage + ((row['box'] as { width: number } | null)?.width ?? 0);
    },
  },
  Warehouse: {
    products: (row: Row, { first }: Given) => firstOf(goods.filter((good) => numberOf(good) % 2 === numberOf(row) - 1), first),
    keeper: (row: Row) => employees[numberOf(row)], staff: (row: Row) => employees.slice(0, numberOf(row)),
  },
  Line: { product: (row: Row) => goods[numberOf(row)], seller: (row: Row) => (numberOf(row) === 2 ? null : employees[0]) },
  Employee: {
    sold: (row: Row) => goods.slice(numberOf(row)), boss: (row: Row) => employees.find(({ id }) => id > row.id) ?? null,
    works: (row: Row) => (numberOf(row) === 3 ? null : warehouses[numberOf(row) % 2]),
  },
};
const plain = { Line: ['count'], Employee: ['name'], Warehouse: ['city'], Product: [] };

export function makeShop(): Shop {
  const faults: Faults = new Map();
  const resolvers = withFaults(fields, plain, faults);
  const load = (rows: readonly Row[]) => ({ id }: Reference) => find(rows, id);
  const loadProduct = ({ upc, sku, region, ...required }: Reference) => {
    const row = goods.find((good) => good['upc'] === upc || (good['sku'] === sku && good['region'] === region));
    return row ? { ...row, ...required } : null;
  };
  const subgraphs = [
    makeSubgraph({ name: 'products', sdl: products, resolvers, references: { Product: loadProduct } }),
    makeSubgraph({ name: 'stock', sdl: stock, resolvers, references: { Product: loadProduct, Warehouse: load(warehouses), Employee: load(employees) } }),
    makeSubgraph({ name: 'selling', sdl: selling, resolvers, references: { Product: loadProduct, Employee: load(employees) } }),
    makeSubgraph({ name: 'staff', sdl: staff, resolvers, references: { Employee: load(employees), Warehouse: load(warehouses) } }),
  ];
  return { subgraphs, faults, merged: makeSchema(merged, resolvers) };
}
