// What a model's version was once said to be it stays: the weights, the tokenizer, the shape, the format and the quantisation under a
// name never change, and a name that was free to change is remembered when its fleet is gone. And who uses a model is told
// in time before it goes.

import type { SqlQueries } from "#shared/ledger/sql/sql.ts";
import { isRetired } from "#shared/model/catalogue.ts";
import type { CatalogueTerms } from "#shared/model/catalogue.ts";
import type { Model } from "#shared/model/fleet.ts";
import { tokenizerName } from "#shared/model/fleet.ts";
import type { DesiredFleet } from "./desired-fleet.ts";

/** What is wrong with a fleet beside what has been there before it. */
export interface HistoryProblem {
  readonly path: readonly (string | number)[];
  readonly problem: string;
}

/** Between the word that a model goes and the moment from which it is refused. */
const noticeDays = 7;
const noticeMs = noticeDays * 86_400_000;

export interface History {
  readonly problems: readonly HistoryProblem[];
  /** Since when each of its deprecated models is that. */
  readonly deprecatedAtEpochMs: ReadonlyMap<string, number>;
}

export async function judgeHistory(queries: SqlQueries, fleet: DesiredFleet): Promise<History> {
  const known = await queries.query("select * from model_versions");
  const versions = new Map(known.map((row) => [markOf(row["model"], row["version"]), row]));
  const standing = await queries.query("select id, catalogue from models");
  const before = new Map(
    standing.map((row) => [String(row["id"]), row["catalogue"] as CatalogueTerms]),
  );
  const [clock] = await queries.query("select extract(epoch from now())::float8 * 1000 as now");
  const nowEpochMs = Math.floor(Number(clock?.["now"]));
  const problems = fleet.models.flatMap((model, index) => [
    ...changesOf(model, versions.get(markOf(model.id, model.version))).map(({ field, is }) => ({
      path: ["models", index, ...field],
      problem: `version ${model.version} of ${model.id} has ${is} here: a version never changes, so give this one another name`,
    })),
    ...noticeProblems(model, before.get(model.id), nowEpochMs).map(({ field, problem }) => ({
      path: ["models", index, field],
      problem,
    })),
  ]);
  const deprecated = fleet.models.filter(({ status }) => status === "deprecated");
  return {
    problems,
    deprecatedAtEpochMs: new Map(
      deprecated.map(({ id }) => [id, before.get(id)?.deprecatedAtEpochMs ?? nowEpochMs]),
    ),
  };
}

const markOf = (id: unknown, version: unknown): string => JSON.stringify([id, version]);

interface Change {
  readonly field: readonly string[];
  /** What it was said to be first. */
  readonly is: string;
}

/** What was not said before may be said now. */
function changesOf(
  model: Model,
  known: Readonly<Record<string, unknown>> | undefined,
): readonly Change[] {
  if (known === undefined) return [];
  const facts: readonly (readonly [field: readonly string[], before: unknown, now: unknown])[] = [
    [["tokenizer"], known["tokenizer"], tokenizerName(model.tokenizer)],
    [["artefact", "digest"], known["artefact_digest"], model.artefact?.digest],
    [["format"], known["format"], model.format],
    [["quantisation"], known["quantisation"], model.quantisation],
    [["shape"], known["shape"], model.shape],
  ];
  return facts.flatMap(([field, before, now]) => {
    if (before === null || now === undefined || sorted(before) === sorted(now)) return [];
    const is =
      field[0] === "shape" ? "another shape" : `the ${field.join(" ")} ${JSON.stringify(before)}`;
    return [{ field, is }];
  });
}

/** A database gives fields back in an order of its own. */
const sorted = (value: unknown): string =>
  typeof value === "object" && value !== null
    ? JSON.stringify(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
    : JSON.stringify(value);

/** A model that nobody could use before needs no notice, and a moment that was announced may come. */
function noticeProblems(
  { id, status, retiresAtEpochMs, withoutNotice }: Model,
  before: CatalogueTerms | undefined,
  nowEpochMs: number,
): readonly { readonly field: string; readonly problem: string }[] {
  if (before === undefined || withoutNotice === true) return [];
  if (status !== "deprecated" && status !== "archived") return [];
  if (isRetired(before, nowEpochMs)) return [];
  const endsAt = status === "archived" ? nowEpochMs : (retiresAtEpochMs ?? nowEpochMs);
  const wasAnnounced = endsAt >= (before.retiresAtEpochMs ?? Infinity);
  if (wasAnnounced || endsAt >= nowEpochMs + noticeMs) return [];
  const least = new Date(nowEpochMs + noticeMs).toISOString();
  const problem = `who uses ${id} is to be told ${noticeDays} days before it ends, not before ${least}: to end it sooner say withoutNotice: true`;
  return [{ field: status === "archived" ? "status" : "retiresAt", problem }];
}

/** Of a fleet without problems. What was left unsaid before is filled in. */
export async function rememberVersions(queries: SqlQueries, fleet: DesiredFleet): Promise<void> {
  const rows = fleet.models.map((model) => ({
    model: model.id,
    version: model.version,
    tokenizer: tokenizerName(model.tokenizer),
    artefact_digest: model.artefact?.digest,
    format: model.format,
    quantisation: model.quantisation,
    shape: model.shape,
  }));
  await queries.query(
    `insert into model_versions (model, version, tokenizer, artefact_digest, format, quantisation, shape)
     select * from json_to_recordset($1::text::json) as given(model text, version text, tokenizer text,
       artefact_digest text, format text, quantisation text, shape jsonb)
     on conflict (model, version) do update set
       artefact_digest = coalesce(model_versions.artefact_digest, excluded.artefact_digest),
       format = coalesce(model_versions.format, excluded.format),
       quantisation = coalesce(model_versions.quantisation, excluded.quantisation),
       shape = coalesce(model_versions.shape, excluded.shape)`,
    [JSON.stringify(rows)],
  );
}
