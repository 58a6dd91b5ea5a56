// Whose rows are whose, kept by the database itself: the statements that close a table to all but its tenant, for migrations.
// Law: a table that carries a tenant forces row-level security, and what one tenant's name may do there is listed here.

/** Who asks in a tenant's name. Nobody can log in as it. */
export const tenantRole = "fairlead_tenant";

/** The tenant of a transaction; empty or never set: nobody's rows. */
export const tenantSetting = "fairlead.tenant";

export interface TenantRows {
  readonly table: string;
  /** Which column names the tenant. */
  readonly column: string;
  /** What a tenant may do to its own rows; each as `grant` takes it. Empty: nothing. */
  readonly allowed: readonly string[];
}

/**
 * For the owner's own migrations: it keeps every row, by a policy that says so. What the fleet's other roles keep is
 * `grant-roles.ts`. References and unique keys are checked past all policies, by Postgres' design.
 */
export function tenantRows({ table, column, allowed }: TenantRows): readonly string[] {
  const isOwn = `${column} = nullif(current_setting('${tenantSetting}', true), '')`;
  return [
    `alter table ${table} enable row level security`,
    `alter table ${table} force row level security`,
    `create policy owner_all on ${table} to current_user using (true) with check (true)`,
    `create policy tenant_own on ${table} to ${tenantRole} using (${isOwn}) with check (${isOwn})`,
    ...allowed.map((privilege) => `grant ${privilege} on ${table} to ${tenantRole}`),
  ];
}

const asSuperuser = `create role ${tenantRole} nologin; grant ${tenantRole} to registry`;

/** Once: where the owner may make no roles, a superuser has made it. */
export const tenantRoleStatements: readonly string[] = [
  `do $$
   begin
     if not exists (select from pg_roles where rolname = '${tenantRole}') then
       create role ${tenantRole} nologin;
       grant ${tenantRole} to current_user;
     end if;
     if not pg_has_role(current_user, '${tenantRole}', 'member') then
       raise insufficient_privilege;
     end if;
   exception when insufficient_privilege then
     raise exception 'the database lacks a role: as a superuser, ${asSuperuser}' using errcode = '42501';
   end $$`,
  `grant usage on schema public to ${tenantRole}`,
];
