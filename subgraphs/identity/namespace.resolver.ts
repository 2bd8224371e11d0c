import { Arg, Args, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from 'type-graphql';
import { readPage, type Page } from '../../platform/paging';
import { PageArgs } from '../../platform/subgraph/connection';
import { ApiKey, ApiKeyConnection } from './api-key';
import { ApiKeyService } from './api-key.service';
import { AuditEvent, AuditEventConnection } from './audit-event';
import { AuditReader } from './audit-reader';
import { IdentityContext } from './identity.loaders';
import { Namespace, NamespaceConnection } from './namespace';
import { NamespaceDirectory } from './namespace-directory';
import { NamespaceService } from './namespace.service';
import { CreateNamespaceInput, CreateNamespacePayload } from './namespace.inputs';

export interface NamespaceParts {
  directory: NamespaceDirectory;
  service: NamespaceService;
  keys: ApiKeyService;
  audit: AuditReader;
}

@Resolver(() => Namespace)
export class NamespaceResolver {
  constructor(private readonly parts: NamespaceParts) {}

  @Query(() => Namespace, { nullable: true, description: 'A namespace by its name; null when there is none or the caller has no role in it.' })
  namespace(
    @Arg('name', () => String, { description: 'The name of the namespace.' }) name: string,
    @Ctx() { caller }: IdentityContext,
  ): Promise<Namespace | null> {
    return this.parts.directory.find(caller, name);
  }

  @Query(() => NamespaceConnection, { description: 'The namespaces in which the caller has a role.' })
  namespaces(@Args() page: PageArgs, @Ctx() { caller }: IdentityContext): Promise<Page<Namespace>> {
    return this.parts.directory.page(caller, readPage(page));
  }

  @FieldResolver(() => ApiKeyConnection, { description: 'The API keys of the namespace, revoked ones included. Needs the role ADMIN.' })
  apiKeys(@Root() { name }: Namespace, @Args() page: PageArgs, @Ctx() { caller }: IdentityContext): Promise<Page<ApiKey>> {
    return this.parts.keys.page(caller, name, readPage(page));
  }

  @FieldResolver(() => AuditEventConnection, { description: 'Who changed what in the namespace. Needs the role ADMIN.' })
  auditEvents(@Root() { name }: Namespace, @Args() page: PageArgs, @Ctx() { caller }: IdentityContext): Promise<Page<AuditEvent>> {
    return this.parts.audit.page(caller, name, readPage(page));
  }

  @Mutation(() => CreateNamespacePayload, { description: 'Makes a namespace. Only an operator may.' })
  async createNamespace(
    @Arg('input', () => CreateNamespaceInput, { description: 'The new namespace.' }) input: CreateNamespaceInput,
    @Ctx() scope: IdentityContext,
  ): Promise<CreateNamespacePayload> {
    return { namespace: await this.parts.service.create(scope, input.name) };
  }
}
