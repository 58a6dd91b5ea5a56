import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import type { Address, Effect } from "#shared/actor/actor.ts";
import type { RecordUsage, ToLedger } from "#shared/messages/to-ledger.ts";
import type { ToMeter } from "#shared/messages/to-meter.ts";
import type { ToOutbox } from "#shared/messages/to-outbox.ts";
import type { AdapterDigest, PoolId, RequestId, TenantId } from "#shared/model/ids.ts";
import { gpuEntryOf } from "#shared/model/gpu-word.cases.ts";
import { isKeptUsage } from "#shared/model/kept-entry.ts";
import type { UsageEntry } from "#shared/model/merge-usage.ts";
import type { UsageRecord } from "#shared/model/usage.ts";
import { gpuTimesOnlyHere, meter, pendingRecords, recordsOnlyHere } from "./meter.actor.ts";

const self = "meter/p1" as Address;

function record(tenant: string, requestId: string, outputTokens: number): UsageRecord {
  return {
    tenant: tenant as TenantId,
    requestId: requestId as RequestId,
    model: "m",
    modelVersion: "1",
    adapterDigest: "" as AdapterDigest,
    pool: "p" as PoolId,
    poolClass: "interactive",
    tier: "business",
    worker: "",
    workerType: "",
    zone: "",
    arrivedAtEpochMs: 1,
    promptTokens: 1,
    cachedTokens: 0,
    outputTokens,
    splitAtEpochMs: 0,
    outputTokensBefore: 0,
    queueMs: 0,
    prefillMs: 0,
    decodeMs: 0,
    kvBlockMs: 0,
    preemptions: 0,
    attempts: 1,
    gpuUs: 0,
    outcome: "",
  };
}

/** A meter with a clock and its timers; everything it asks for is written down as a line. */
class Scene {
  readonly state = meter.init(self);
  readonly lines: string[] = [];
  /** Said to the outbox. */
  readonly kept: ToOutbox[] = [];
  readonly batches: RecordUsage[] = [];
  readonly timers = new Map<string, { atMs: number; message: ToMeter }>();
  nowMs = 0;

  receive(message: ToMeter): void {
    for (const effect of meter.receive(this.state, { from: self, nowMs: this.nowMs, message })) {
      this.#apply(effect);
    }
  }

  #apply(effect: Effect): void {
    if (effect.kind === "arm") {
      this.timers.set(effect.timer, { atMs: effect.atMs, message: effect.message as ToMeter });
    } else if (effect.kind === "disarm") {
      this.timers.delete(effect.timer);
    } else if (effect.kind === "note") {
      const fields = Object.entries(effect.fields).map(([name, value]) => `${name}=${value}`);
      this.lines.push(["note", effect.event, ...fields].join(" "));
    } else if (effect.to === "outbox/p1") this.kept.push(effect.message as ToOutbox);
    else {
      assert.equal(effect.to, "ledger/p1");
      const asked = effect.message as ToLedger;
      if (asked.kind === "record-usage") this.batches.push(asked);
      this.lines.push(batchLine(asked));
    }
  }

  wait(ms: number): void {
    const endMs = this.nowMs + ms;
    for (;;) {
      const [due] = [...this.timers].toSorted((a, b) => a[1].atMs - b[1].atMs);
      if (due === undefined || due[1].atMs > endMs) break;
      this.timers.delete(due[0]);
      this.nowMs = Math.max(this.nowMs, due[1].atMs);
      this.receive(due[1].message);
    }
    this.nowMs = endMs;
  }

  run(command: string): void {
    const [verb = "", ...words] = command.split(" ");
    const [first = "", second = "", third = "", fourth] = words;
    if (verb === "wait") this.wait(Number(first));
    else if (verb === "recorded") this.receive({ kind: "recorded", batch: Number(first) });
    else if (verb === "taken") this.receive({ kind: "taken", batch: Number(first) });
    else if (verb === "failed") {
      const reason = words.slice(1).join(" ");
      this.receive({ kind: "record-failed", batch: Number(first), reason });
    } else if (verb === "usages") {
      for (let index = 0; index < Number(second); index++) {
        this.receive({ kind: "usage", record: record(first, `u${index}`, 1), isFinal: true });
      }
    } else if (verb === "usage") {
      const outputTokens = Number(third.replace("output=", ""));
      const isFinal = fourth === "final";
      this.receive({ kind: "usage", record: record(first, second, outputTokens), isFinal });
    } else assert.fail(`unknown command: ${command}`);
  }
}

function batchLine(message: ToLedger): string {
  if (message.kind !== "record-usage") return "to ledger: GPU time";
  const { batch, records } = message;
  const entry = ({ record: { tenant, requestId, outputTokens }, isFinal }: UsageEntry): string =>
    `${tenant} ${requestId} output=${outputTokens}${isFinal ? " final" : ""}`;
  const list = records.length > 4 ? `${records.length} entries` : records.map(entry).join(", ");
  return `to ledger: batch ${batch}: ${list}`;
}

for (const file of readdirSync(new URL("./transcripts/", import.meta.url))) {
  test(`transcript ${file}`, () => {
    const text = readFileSync(new URL(`./transcripts/${file}`, import.meta.url), "utf8");
    const scene = new Scene();
    const played = text
      .split("\n\n")
      .map((block) => {
        const [commands = ""] = block.split("\n----\n");
        scene.lines.length = 0;
        for (const command of commands.split("\n"))
          if (!command.startsWith("#")) scene.run(command);
        const said = scene.lines.length === 0 ? ["(nothing)"] : scene.lines;
        return `${commands}\n----\n${said.join("\n")}`;
      })
      .join("\n\n");
    assert.equal(`${played}\n`, text);
  });
}

test("a full buffer lets open accounts go first, and says aloud when a settled one is lost", () => {
  const scene = new Scene();
  // Nothing is answered: the first batch stays in flight.
  scene.run("usages acme 500");
  for (let index = 0; index < 30; index++) scene.run(`usage acme open${index} output=1`);
  scene.run("usages acme 50170");
  const drops = scene.lines.filter((line) => line.startsWith("note"));
  assert.equal(drops.length, 200);
  assert.equal(drops[0], "note meter.dropped requestId=open0 tenant=acme why=buffer-full");
  assert.equal(drops.filter((line) => line.includes("why=buffer-full")).length, 30);
  assert.match(
    drops[30] ?? "",
    /^note meter.settled-usage-lost requestId=u\d+ tenant=acme model=m promptTokens=1 cachedTokens=0 outputTokens=1 gpuUs=0$/,
  );
  assert.equal(pendingRecords(scene.state), 50_500);
});

test("pending counts what is gathered and what is on its way, and ends at zero", () => {
  const scene = new Scene();
  scene.run("usages acme 1250");
  assert.equal(pendingRecords(scene.state), 1250);
  for (let batch = 1; pendingRecords(scene.state) > 0; batch++) {
    scene.run("wait 250");
    scene.run(`recorded ${batch}`);
    assert.ok(batch < 10);
  }
  assert.equal(pendingRecords(scene.state), 0);
  assert.equal(scene.timers.has("retry"), false);
});

test("one entry that the ledger never takes does not keep the others out", () => {
  const scene = new Scene();
  const stored = new Set<string>();
  scene.run("usages acme 39");
  scene.run("usage acme poison output=1 final");
  for (let round = 0; round < 60; round++) {
    scene.run("wait 10250");
    const batch = scene.state.inFlight;
    if (batch === undefined) continue;
    const ids = batch.records.map(({ record: { requestId } }) => requestId);
    if (ids.includes("poison" as RequestId)) scene.run(`failed ${batch.batch} cannot`);
    else {
      for (const id of ids) stored.add(id);
      scene.run(`recorded ${batch.batch}`);
    }
  }
  assert.equal(stored.size, 39);
  assert.equal(pendingRecords(scene.state), 1);
});

test("a slow ledger leaves in this process only what no log has, and a bounded memory of the rest", () => {
  const scene = new Scene();
  for (let round = 1; round <= 400; round++) {
    scene.run(`usage acme r${round} output=1 final`);
    scene.run("wait 250");
    scene.run(`taken ${round}`);
  }
  assert.equal(pendingRecords(scene.state), 400);
  assert.equal(scene.state.taken.size, 256);
  assert.equal(recordsOnlyHere(scene.state), 144, "more than it may wait for gathers here");
  for (let batch = 1; pendingRecords(scene.state) > 0; batch++) {
    assert.ok(batch < 300);
    scene.run(`recorded ${batch}`);
    scene.run("wait 250");
  }
  assert.equal(scene.timers.has("retry"), false);
});

test("failures in a row wait longer each time, whatever was recorded before", () => {
  const scene = new Scene();
  scene.run("usage acme r1 output=1 final");
  scene.run("wait 250");
  for (let failure = 1; failure <= 3; failure++) {
    scene.run(`failed ${failure} no`);
    const dueInMs = (scene.timers.get("retry")?.atMs ?? 0) - scene.nowMs;
    assert.equal(dueInMs, 250 * 2 ** (failure - 1));
    scene.run(`wait ${dueInMs}`);
  }
});

const trims = ({ kept }: Scene): readonly number[] =>
  kept.flatMap((said) => (said.kind === "trim" ? [said.upTo] : []));

test("the outbox is trimmed by the ledger's word alone, and no further than the oldest that waits", () => {
  const scene = new Scene();
  scene.run("usage acme long output=1");
  scene.run("wait 1000");
  scene.run("usage acme r2 output=9 final");
  scene.run("taken 1");
  scene.run("wait 250");
  scene.run("taken 2");
  assert.deepEqual(trims(scene), [], "the log is not the ledger");
  scene.run("usage acme long output=5");
  scene.run("recorded 2");
  assert.deepEqual(trims(scene), [], "the first account is older, and not there yet");
  scene.run("recorded 1");
  assert.deepEqual(trims(scene), [2]);
  scene.run("wait 1000");
  scene.run("recorded 3");
  assert.deepEqual(trims(scene), [2, 3]);
});

test("accounts of one request stand under the oldest of their numbers, also after a refusal", () => {
  const scene = new Scene();
  scene.run("usage acme r1 output=1 final");
  scene.run("wait 250");
  scene.run("usage bolt r2 output=1 final");
  scene.run("usage acme r1 output=1 final");
  scene.run("failed 1 no");
  scene.run("wait 500");
  scene.run("recorded 2");
  assert.deepEqual(trims(scene), [], "bolt's is younger");
  scene.run("wait 250");
  scene.run("recorded 3");
  assert.deepEqual(trims(scene), [3]);
  assert.equal(scene.state.buffer.numbers.held.size, 0);
});

test("what an earlier life left goes to the ledger like anything else, and is not kept a second time", () => {
  const scene = new Scene();
  const entries = [
    { record: record("acme", "r1", 9), isFinal: true },
    { record: record("acme", "odd", Number.NaN), isFinal: true },
    { record: record("acme", "r2", 3), isFinal: false },
  ];
  scene.receive({ kind: "left-over", part: 1, entries });
  assert.deepEqual(scene.kept, [{ kind: "took-over", part: 1, upTo: 3 }]);
  scene.run("wait 250");
  scene.run("recorded 1");
  scene.run("wait 1000");
  scene.run("recorded 2");
  assert.deepEqual(scene.lines, [
    "to ledger: batch 1: acme r1 output=9 final",
    "note meter.recorded batch=1 records=1 tookMs=0 pending=1",
    "to ledger: batch 2: acme r2 output=3",
    "note meter.recorded batch=2 records=1 tookMs=250 pending=0",
  ]);
  assert.deepEqual(trims(scene), [2, 3]);
});

test("one that the ledger never takes is kept anew, so that it does not keep all files", () => {
  const scene = new Scene();
  scene.run("usage acme poison output=1 final");
  scene.run("wait 250");
  scene.run("failed 1 cannot");
  for (let round = 0; round < 60; round++) {
    for (let at = 0; at < 250; at++) scene.run(`usage acme r${round}-${at} output=1 final`);
    scene.run("wait 10250");
    const { inFlight } = scene.state;
    if (inFlight === undefined) continue;
    const isPoisoned = inFlight.records.some((entry) => entry.record.requestId === "poison");
    scene.run(isPoisoned ? `failed ${inFlight.batch} cannot` : `recorded ${inFlight.batch}`);
  }
  const again = scene.kept.filter((said) => said.kind === "keep" && said.number > 1);
  const poison = again.filter(
    (said) =>
      said.kind === "keep" && isKeptUsage(said.entry) && said.entry.record.requestId === "poison",
  );
  assert.ok(poison.length >= 1, "kept anew");
  assert.ok((trims(scene).at(-1) ?? 0) > 1, "trimmed beyond its first number");
});

test("a settled account that memory had no room for stays in the outbox", () => {
  const scene = new Scene();
  scene.run("usages acme 500");
  scene.run("usages bolt 50001");
  for (let batch = 1; pendingRecords(scene.state) > 0; batch++) {
    scene.run(`recorded ${batch}`);
    scene.run("wait 250");
  }
  assert.equal(trims(scene).at(-1), 500, "the first of bolt's was dropped, and only it");
  assert.equal(scene.state.buffer.numbers.held.size, 1);
});

const newest = (scene: Scene): RecordUsage => {
  const last = scene.batches.at(-1);
  assert.ok(last);
  return last;
};

test("GPU time is kept under the numbers of usage, sent, and trimmed when the ledger has it", () => {
  const scene = new Scene();
  scene.receive({ kind: "gpu-time", entry: gpuEntryOf({ outsideUs: 500_000 }) });
  scene.run("usage acme r1 output=1 final");
  scene.receive({ kind: "gpu-time", entry: gpuEntryOf({ outsideUs: 900_000 }) });
  assert.deepEqual(
    scene.kept.map((said) => (said.kind === "keep" ? said.number : 0)),
    [1, 2, 3],
  );
  scene.wait(250);
  const { gpuTimes, records, batch } = newest(scene);
  assert.deepEqual(
    gpuTimes?.map(({ outsideUs }) => outsideUs),
    [900_000],
    "the later, once",
  );
  assert.equal(records.length, 1);
  assert.deepEqual(trims(scene), []);
  scene.receive({ kind: "recorded", batch });
  assert.deepEqual(trims(scene), [3]);
  assert.equal(pendingRecords(scene.state), 0);
});

test("GPU time that the ledger refused goes again with what came since, and keeps its file until it is stored", () => {
  const scene = new Scene();
  scene.receive({ kind: "gpu-time", entry: gpuEntryOf({ outsideUs: 500_000 }) });
  scene.wait(250);
  scene.receive({ kind: "gpu-time", entry: gpuEntryOf({ outsideUs: 900_000 }) });
  scene.receive({ kind: "record-failed", batch: newest(scene).batch, reason: "cannot" });
  scene.wait(1000);
  assert.deepEqual(
    newest(scene).gpuTimes?.map(({ outsideUs }) => outsideUs),
    [900_000],
  );
  assert.deepEqual(trims(scene), []);
  scene.receive({ kind: "recorded", batch: newest(scene).batch });
  assert.deepEqual(trims(scene), [2]);
});

test("GPU time of a dead life that was left on disk is brought under new numbers; no drain waits for it", () => {
  const scene = new Scene();
  const entries = [{ gpuTime: gpuEntryOf({ outsideUs: 700_000 }) }];
  scene.receive({ kind: "left-over", part: 1, entries });
  assert.deepEqual(scene.kept.at(-1), { kind: "took-over", part: 1, upTo: 1 });
  assert.equal(pendingRecords(scene.state), 0);
  assert.equal(gpuTimesOnlyHere(scene.state), 1);
  scene.wait(250);
  assert.deepEqual(
    newest(scene).gpuTimes?.map(({ outsideUs }) => outsideUs),
    [700_000],
  );
  scene.receive({ kind: "recorded", batch: newest(scene).batch });
  assert.deepEqual(trims(scene), [1]);
  assert.equal(gpuTimesOnlyHere(scene.state), 0);
});

test("a word of GPU time that no ledger could hold is said to be dropped", () => {
  const scene = new Scene();
  scene.receive({ kind: "gpu-time", entry: gpuEntryOf({ outsideUs: -1 }) });
  assert.deepEqual(scene.lines, ["note meter.dropped why=unstorable-gpu-time"]);
  assert.deepEqual(scene.kept, []);
});
