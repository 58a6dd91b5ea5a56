// Usage as CloudEvents 1.0, JSON format: one event for each settled request, under an id that is the request's own for ever. Law: a minute in
// which something came late is told again; its earlier events have the ids they had, and one more event says by how much the minute grew.

import type { SqlQueries } from "#shared/ledger/sql/sql.ts";
import type { MinuteRevision } from "./export-log.ts";

export interface CloudEvent {
  readonly specversion: "1.0";
  readonly id: string;
  readonly source: string;
  readonly type: "fairlead.usage.request.v1" | "fairlead.usage.correction.v1";
  readonly subject: string;
  readonly time: string;
  readonly datacontenttype: "application/json";
  readonly data: object;
}

export const eventSource = "/fairlead/usage";

/** At most `limit` requests of a minute whose ids come after `afterRequest`. */
export async function requestEvents(
  queries: SqlQueries,
  { tenant, minuteEpochS }: MinuteRevision,
  { afterRequest, limit }: { readonly afterRequest: string; readonly limit: number },
): Promise<readonly CloudEvent[]> {
  const from = minuteEpochS * 1000;
  const rows = await queries.query(
    `select request_id, model, model_version, adapter_digest, tier, pool_class, outcome, arrived_at_epoch_ms as arrived,
       prompt_tokens, least(cached_tokens, prompt_tokens) as cached_tokens, output_tokens, split_at_epoch_ms, output_tokens_before
     from usage where tenant = $1 and is_final and arrived_at_epoch_ms >= $2 and arrived_at_epoch_ms < $2::float8 + 60000
       and request_id > $3 order by request_id limit $4`,
    [tenant, from, afterRequest, limit],
  );
  return rows.map((row) => {
    const count = (name: string): string => String(BigInt(Number(row[name])));
    const split = Number(row["split_at_epoch_ms"]);
    return {
      specversion: "1.0",
      id: `${tenant}/${String(row["request_id"])}`,
      source: eventSource,
      type: "fairlead.usage.request.v1",
      subject: tenant,
      time: new Date(Number(row["arrived"])).toISOString(),
      datacontenttype: "application/json",
      data: {
        tenant,
        requestId: row["request_id"],
        model: row["model"],
        modelVersion: row["model_version"],
        adapterDigest: row["adapter_digest"],
        tier: row["tier"],
        poolClass: row["pool_class"],
        outcome: row["outcome"],
        promptTokens: count("prompt_tokens"),
        cachedTokens: count("cached_tokens"),
        outputTokens: count("output_tokens"),
        ...(split === 0
          ? {}
          : {
              splitAt: new Date(split).toISOString(),
              outputTokensBefore: count("output_tokens_before"),
            }),
      },
    };
  });
}

/** Of a minute that had been told: what it grew by. Sums of its requests contain it already. */
export const correctionEvent = (one: MinuteRevision): CloudEvent => ({
  specversion: "1.0",
  id: `${one.tenant}/minute/${one.minuteEpochS}/${one.revision}`,
  source: eventSource,
  type: "fairlead.usage.correction.v1",
  subject: one.tenant,
  time: new Date(one.minuteEpochS * 1000).toISOString(),
  datacontenttype: "application/json",
  data: {
    tenant: one.tenant,
    revision: one.revision,
    requests: one.requests,
    inputTokens: one.inputTokens,
    cachedTokens: one.cachedTokens,
    outputTokens: one.outputTokens,
  },
});
