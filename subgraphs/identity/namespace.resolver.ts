import { Arg, Args, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from 'type-graphql';
import { requireRole } from '../../platform/caller';
import { readPage, type Page } from '../../platform/paging';
import { PageArgs } from '../../platform/subgraph/connection';
import { ApiKey, ApiKeyConnection } from './api-key';
import { AuditEvent, AuditEventConnection } from './audit-event';
import { IdentityContext } from './identity.loaders';
import { Namespace, NamespaceConnection } from './namespace';
import { NamespaceDirectory } from './namespace-directory';
import { NamespaceService } from './namespace.service';
import { CreateNamespaceInput, CreateNamespacePayload } from './namespace.inputs';

@Resolver(() => Namespace)
export class NamespaceResolver {
  constructor(private readonly directory: NamespaceDirectory, private readonly service: NamespaceService) {}

  @Query(() => Namespace, {
    nullable: true, description: 'A namespace by its name; null when there is none or the caller has no role in it.',
  })
  namespace(
    @Arg('name', () => String, { description: 'The name of the namespace.' }) name: string,
    @Ctx() { caller }: IdentityContext,
  ): Promise<Namespace | null> {
    return this.directory.find(caller, name);
  }

  @Query(() => NamespaceConnection, { description: 'The namespaces in which the caller has a role.' })
  namespaces(@Args() page: PageArgs, @Ctx() { caller }: IdentityContext): Promise<Page<Namespace>> {
    return this.directory.page(caller, readPage(page));
  }

  @FieldResolver(() => ApiKeyConnection, { description: 'The API keys of the namespace, revoked ones included. Needs the role ADMIN.' })
  apiKeys(@Root() { name }: Namespace, @Args() page: PageArgs, @Ctx() { caller, loaders }: IdentityContext): Promise<Page<ApiKey>> {
    requireRole(caller, name, 'ADMIN');
    return loaders.apiKeysByNamespace.load({ parent: name, request: readPage(page) });
  }

  @FieldResolver(() => AuditEventConnection, { description: 'Who changed what in the namespace. Needs the role ADMIN.' })
  auditEvents(@Root() { name }: Namespace, @Args() page: PageArgs, @Ctx() { caller, loaders }: IdentityContext): Promise<Page<AuditEvent>> {
    requireRole(caller, name, 'ADMIN');
    return loaders.auditEventsByNamespace.load({ parent: name, request: readPage(page) });
  }

  @Mutation(() => CreateNamespacePayload, { description: 'Makes a namespace. Only an operator may.' })
  async createNamespace(
    @Arg('input', () => CreateNamespaceInput, { description: 'The new namespace.' }) input: CreateNamespaceInput,
    @Ctx() scope: IdentityContext,
  ): Promise<CreateNamespacePayload> {
    return { namespace: await this.service.create(scope, input.name) };
  }
}
