// The audit in the database, for the migration that chains it: every row carries its place, the hash before it and its own
// hash, given by the database at insert under one lock; no row is changed or taken away.

/** Of no meaning, and nobody else's. Held until the change that is audited is committed. */
const auditTurnKey = 4_605_774;

/** What the first row follows. */
export const auditGenesis: string = "0".repeat(64);

/**
 * Over each part's bytes with their count before them, so that no two rows read alike. `detail` is JSON as the database
 * prints it: keys in one order, each once. `audit-chain.ts` does the same outside the database.
 */
const hashFunction = `
  create function audit_hash(seq bigint, at timestamptz, actor text, action text, detail jsonb, previous_hash text)
  returns text language sql stable as $$
    select encode(sha256(convert_to(
      string_agg(octet_length(part) || ':' || part || ',', '' order by place), 'UTF8')), 'hex')
    from unnest(array[
      seq::text, (extract(epoch from at) * 1000000)::bigint::text, actor, action, detail::text, previous_hash
    ]) with ordinality as parts(part, place)
  $$`;

/** Whatever an insert says of these columns is overruled. */
const chainFunction = `
  create function audit_chain() returns trigger language plpgsql as $$
  declare
    last_seq bigint;
    last_hash text;
  begin
    perform pg_advisory_xact_lock(${auditTurnKey});
    select seq, hash into last_seq, last_hash from audit order by seq desc limit 1;
    new.seq := coalesce(last_seq, 0) + 1;
    new.at := clock_timestamp();
    new.previous_hash := coalesce(last_hash, '${auditGenesis}');
    new.hash := audit_hash(new.seq, new.at, new.actor, new.action, new.detail, new.previous_hash);
    return new;
  end $$`;

const chainStanding = `
  do $$
  declare
    standing record;
    next_seq bigint := 0;
    last_hash text := '${auditGenesis}';
  begin
    for standing in select * from audit order by id loop
      next_seq := next_seq + 1;
      update audit set seq = next_seq, previous_hash = last_hash,
        hash = audit_hash(next_seq, standing.at, standing.actor, standing.action, standing.detail, last_hash)
        where id = standing.id returning hash into last_hash;
    end loop;
  end $$`;

const refuseFunction = `
  create function audit_refuse() returns trigger language plpgsql as $$
  begin
    raise exception 'the audit is only added to: there is no % of it', lower(tg_op) using errcode = '42501';
  end $$`;

export const auditChain: readonly string[] = [
  "alter table audit add column seq bigint, add column previous_hash text, add column hash text",
  hashFunction,
  chainStanding,
  `alter table audit alter column seq set not null, alter column previous_hash set not null,
     alter column hash set not null, add unique (seq)`,
  chainFunction,
  "create trigger chain before insert on audit for each row execute function audit_chain()",
  refuseFunction,
  `create trigger append_only before update or delete or truncate on audit
     for each statement execute function audit_refuse()`,
  // A session that replays a replica's changes skips other triggers.
  "alter table audit enable always trigger chain, enable always trigger append_only",
  "revoke update, delete, truncate on audit from current_user",
];
