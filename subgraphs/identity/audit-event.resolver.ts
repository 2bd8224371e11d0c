import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { AuditEvent } from './audit-event';
import { IdentityContext } from './identity.loaders';
import { Principal } from './principal';

@Resolver(() => AuditEvent)
export class AuditEventResolver {
  @FieldResolver(() => Principal, { nullable: true, description: 'Who made the change.' })
  principal(@Root() { principalId }: AuditEvent, @Ctx() { loaders }: IdentityContext): Promise<Principal | null> {
    return loaders.principalById.load(principalId);
  }
}
