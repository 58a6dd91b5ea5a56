// Final accounts that came when another was final already and say other numbers. The row stands, and what contradicts it is
// written down beside it, once for each pair of numbers: silence would hide that two witnesses disagree about a bill.

import type { UsageEntry } from "#shared/model/merge-usage.ts";
import type { Sql } from "#shared/ledger/sql/sql.ts";

const keptMax = 100_000;

/** What was billed, not how long it took: who reads a reply again knows nothing of its cached tokens and its times. */
const insert = `
  insert into usage_conflicts (tenant, request_id, prompt_tokens, output_tokens, outcome, arrived_at_epoch_ms)
  select usage.tenant, usage.request_id, (given->>2)::float8, (given->>3)::float8, given->>4, usage.arrived_at_epoch_ms
  from jsonb_array_elements($1::text::jsonb) as given
  join usage on usage.tenant = given->>0 and usage.request_id = given->>1
  where usage.is_final and (select count(*) from usage_conflicts) < ${keptMax}
    and (usage.prompt_tokens <> (given->>2)::float8 or usage.output_tokens <> (given->>3)::float8)
  on conflict do nothing`;

/** Asked only of a batch of which some entries changed nothing. */
export async function recordConflicts(
  sql: Pick<Sql, "query">,
  entries: readonly UsageEntry[],
): Promise<void> {
  const finals = entries.filter(({ isFinal }) => isFinal);
  if (finals.length === 0) return;
  const given = finals.map(({ record }) => [
    record.tenant,
    record.requestId,
    record.promptTokens,
    record.outputTokens,
    record.outcome,
  ]);
  await sql.query(insert, [JSON.stringify(given)]);
}
