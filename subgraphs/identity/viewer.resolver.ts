import { Arg, Args, Ctx, FieldResolver, Query, Resolver } from 'type-graphql';
import { roleIn, type Role } from '../../platform/caller';
import { readPage, type Page } from '../../platform/paging';
import { PageArgs } from '../../platform/subgraph/connection';
import { IdentityContext } from './identity.loaders';
import { Namespace, NamespaceConnection } from './namespace';
import { NamespaceDirectory } from './namespace-directory';
import { RoleEnum } from './role.enum';
import { Viewer } from './viewer';

@Resolver(() => Viewer)
export class ViewerResolver {
  constructor(private readonly namespaceDirectory: NamespaceDirectory) {}

  @Query(() => Viewer, { description: 'Who is asking, by the API key or token of the request.' })
  viewer(@Ctx() { caller }: IdentityContext): Viewer {
    return { id: caller.principalId, name: caller.name, isOperator: caller.isOperator };
  }

  @FieldResolver(() => RoleEnum, { nullable: true, description: 'The viewer\'s role in a namespace; null when it has none there.' })
  role(
    @Arg('namespace', () => String, { description: 'The name of the namespace.' }) namespace: string,
    @Ctx() { caller }: IdentityContext,
  ): Role | null {
    return roleIn(caller, namespace);
  }

  @FieldResolver(() => NamespaceConnection, { description: 'The namespaces in which the viewer has a role.' })
  namespaces(@Args() page: PageArgs, @Ctx() { caller }: IdentityContext): Promise<Page<Namespace>> {
    return this.namespaceDirectory.page(caller, readPage(page));
  }
}
