import assert from "node:assert/strict";
import { test } from "node:test";
import type { SeriesPoint } from "#shared/model/books-desk.ts";
import { BooksError, pointsMax } from "#shared/model/books-desk.ts";
import { seriesSeen } from "./series-seen.ts";

const point = (
  startsAtEpochMs: number,
  group: SeriesPoint["group"],
  requests = 1,
): SeriesPoint => ({
  startsAtEpochMs,
  group,
  requests,
  settledRequests: requests,
  promptTokens: 10 * requests,
  cachedTokens: 0,
  outputTokens: 2 * requests,
});

const asked = { fromEpochMs: 0, toEpochMs: 60_000, step: "minute", by: [] } as const;

test("what a narrowed key may see is added up again as it was asked for", async () => {
  const wider: unknown[] = [];
  const told = await seriesSeen(
    async ({ by }) => {
      wider.push(by);
      return [
        point(0, { class: "interactive", model: "m", adapter: "" }),
        point(0, { class: "interactive", model: "m", adapter: "aa" }, 2),
        point(0, { class: "interactive", model: "n", adapter: "aa" }, 4),
        point(0, { class: "batch", model: "m", adapter: "aa" }, 8),
        point(1, { class: "interactive", model: "m", adapter: "bb" }, 16),
      ];
    },
    {
      ...asked,
      by: ["class"],
      seen: [
        { model: "m", adapterDigest: "" },
        { model: "m", adapterDigest: "aa" },
      ],
    },
  );
  assert.deepEqual(wider, [["class", "model", "adapter"]]);
  assert.deepEqual(told, [point(0, { class: "interactive" }, 3), point(0, { class: "batch" }, 8)]);
});

test("more points than an answer has are none; many that are added up to few are told", async () => {
  const many = [...Array(pointsMax + 1)].map((_, at) => point(at, { model: "m", adapter: "" }));
  await assert.rejects(
    seriesSeen(async () => many, asked),
    new BooksError("too_many_points"),
  );
  const one = many.map((each) => ({ ...each, startsAtEpochMs: 0 }));
  const told = await seriesSeen(async () => one, { ...asked, seen: [{ model: "m" }] });
  assert.deepEqual(told, [point(0, {}, pointsMax + 1)]);
});
