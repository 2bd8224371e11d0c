import { ArgsType, Directive, Field, Int, ObjectType, type ClassType } from 'type-graphql';
import type { PageArguments } from '../paging';

/** The one `PageInfo` of every subgraph; shareable, since each of them defines it. */
@Directive('@shareable')
@Directive('@cost(weight: 0)')
@ObjectType({ description: 'Where a page of a connection ends and whether another follows (Relay cursor connections).' })
export class PageInfo {
  @Field(() => Boolean, { description: 'Whether more nodes follow this page.' })
  hasNextPage: boolean;

  @Field(() => String, {
    nullable: true, description: 'The cursor of the last edge; pass it as `after` to read on. Null on an empty page.',
  })
  endCursor: string | null;
}

/** `first` and `after` of every connection field; `readPage` of platform/paging.ts checks them. */
@ArgsType()
export class PageArgs implements PageArguments {
  @Field(() => Int, { nullable: true, description: 'How many nodes to return, 1 to 100; 20 when left out.' })
  first?: number | null;

  @Field(() => String, { nullable: true, description: 'Return the nodes that follow this cursor, which an earlier page gave.' })
  after?: string | null;
}

export interface Edge<Node> {
  node: Node;
  cursor: string;
}

export interface Connection<Node> {
  edges: Edge<Node>[];
  pageInfo: PageInfo;
}

/**
 * Makes `<name>Connection` and `<name>Edge` for a node type.
 * @param plural what the list holds, as a reader of the documentation would say it: "models"
 * @param order how the list is sorted
 */
export function connectionOf<Node extends object>(
  node: () => ClassType<Node>, name: string, plural: string, order = 'newest first',
): ClassType<Connection<Node>> {
  @ObjectType(`${name}Edge`, { description: `One of the ${plural} of a page, with its cursor.` })
  class NodeEdge implements Edge<Node> {
    @Field(node, { description: 'The node itself.' })
    node: Node;

    @Field(() => String, { description: 'The opaque position of this node; pass it as `after` to read on behind it.' })
    cursor: string;
  }

  @ObjectType(`${name}Connection`, { description: `A page of ${plural}, ${order}.` })
  class NodeConnection implements Connection<Node> {
    @Field(() => [NodeEdge], { description: `The ${plural} of this page, ${order}.` })
    edges: NodeEdge[];

    @Field(() => PageInfo, { description: 'Where the page ends and whether another follows.' })
    pageInfo: PageInfo;
  }
  return NodeConnection;
}
