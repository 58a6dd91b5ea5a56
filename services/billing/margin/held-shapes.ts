// Which shape of work what is held by time was for: a reserved pool is of its model, an adapter of its model and its digest.

import type { SqlQueries } from "#shared/ledger/sql/sql.ts";
import type { Shape } from "#shared/model/margin.ts";
import type { LineKind } from "#services/billing/rated-line.ts";

type HeldShape = Omit<Shape, "tenant">;

const ofNoModel: HeldShape = { model: "", adapterDigest: "", poolClass: "" };

/** As the fleet stands now: what it no longer has keeps its name. */
export async function heldShapes(
  queries: SqlQueries,
): Promise<(kind: LineKind, subject: string) => HeldShape> {
  const pools = await queries.query("select id, model from pools");
  const adapters = await queries.query(
    `select model || ':' || name as subject, min(model) as model, min(digest) as digest from (
       select model, name, digest from adapters union select model, name, digest from uploaded_adapters
     ) a group by model, name`,
  );
  const modelOfPool = new Map(pools.map((row) => [String(row["id"]), String(row["model"])]));
  const adapterOf = new Map(
    adapters.map((row) => [
      String(row["subject"]),
      { model: String(row["model"]), adapterDigest: String(row["digest"]), poolClass: "" },
    ]),
  );
  return (kind, subject) => {
    switch (kind) {
      case "reserved-gpu-hour":
      case "reserved-pool-month":
        return { ...ofNoModel, model: modelOfPool.get(subject) ?? subject, poolClass: "reserved" };
      case "adapter-hour":
        return adapterOf.get(subject) ?? { ...ofNoModel, adapterDigest: subject };
      default:
        return ofNoModel;
    }
  };
}
