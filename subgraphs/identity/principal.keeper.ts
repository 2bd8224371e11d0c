import type { Caller } from '../../platform/caller';
import type { Database } from '../../platform/database/database';

/** Keeps who came with a token of an issuer: what they are called, and in which namespaces they are known. */
export class PrincipalKeeper {
  constructor(private readonly database: Database) {}

  async keep({ principalId, name, isOperator, roles }: Caller): Promise<void> {
    await this.database.query({
      name: 'identity-keep-principal',
      text: `with kept as (
               insert into principal (id, name, is_operator) values ($1, $2, $3)
               on conflict (id) do update set name = excluded.name, is_operator = excluded.is_operator
                 where (principal.name, principal.is_operator) is distinct from (excluded.name, excluded.is_operator))
             insert into principal_namespace (principal_id, namespace) select $1, unnest($4::text[]) on conflict do nothing`,
      values: [principalId, name, isOperator, Object.keys(roles)],
    });
  }
}
