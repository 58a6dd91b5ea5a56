import assert from "node:assert/strict";
import { test } from "node:test";
import type { Address } from "#shared/actor/actor.ts";
import { finalEntry, request, tenant } from "#shared/ledger/ledger.cases.ts";
import type { ToDisk } from "#shared/messages/to-disk.ts";
import type { ToMeter } from "#shared/messages/to-meter.ts";
import type { ToOutbox } from "#shared/messages/to-outbox.ts";
import { usageOfKept } from "#shared/model/kept-entry.ts";
import type { UsageEntry } from "#shared/model/merge-usage.ts";
import { outbox } from "./outbox.actor.ts";

const self = "outbox/p1" as Address;
const entryOf = (id: string): UsageEntry =>
  finalEntry({ tenant: tenant("acme"), requestId: request(id) });

/** An outbox, and what it says, with a clock of its own. */
class Scene {
  readonly state = outbox.init(self);
  readonly toDisk: ToDisk[] = [];
  readonly toMeter: ToMeter[] = [];
  readonly notes: string[] = [];
  readonly timers = new Map<string, { atMs: number; message: ToOutbox }>();
  nowMs = 0;
  #number = 0;
  #commit = 0;
  #opening = 0;

  hear(message: ToOutbox): void {
    for (const effect of outbox.receive(this.state, { from: self, nowMs: this.nowMs, message })) {
      if (effect.kind === "note") this.notes.push(effect.event);
      else if (effect.kind === "disarm") this.timers.delete(effect.timer);
      else if (effect.kind === "arm") {
        const { atMs } = effect;
        this.timers.set(effect.timer, { atMs, message: effect.message as ToOutbox });
      } else if (effect.to === "disk/p1") this.#ask(effect.message as ToDisk);
      else this.toMeter.push(effect.message as ToMeter);
    }
  }

  #ask(asked: ToDisk): void {
    this.toDisk.push(asked);
    if (asked.kind === "sync") this.#commit = asked.commit;
    if (asked.kind === "open") this.#opening = asked.opening;
  }

  keep(count = 1): void {
    for (let at = 0; at < count; at++) {
      this.hear({ kind: "keep", number: ++this.#number, entry: entryOf(`r${this.#number}`) });
    }
  }

  wait(ms: number): void {
    const endMs = this.nowMs + ms;
    for (;;) {
      const [due] = [...this.timers].toSorted((a, b) => a[1].atMs - b[1].atMs);
      if (due === undefined || due[1].atMs > endMs) break;
      this.timers.delete(due[0]);
      this.nowMs = Math.max(this.nowMs, due[1].atMs);
      this.hear(due[1].message);
    }
    this.nowMs = endMs;
  }

  /** The disk says what is there. */
  open(entries: readonly UsageEntry[] = [], files = entries.length > 0 ? [3] : []): void {
    const opening = this.#opening;
    const told = files.map((file) => ({ file, bytes: 100 }));
    this.hear({ kind: "opened", opening, files: told, entries, tornEnds: 0, unreadable: 0 });
  }

  /** The disk's answer to the last sync. */
  sync(answer: "synced" | "failed" = "synced", fileBytes = 1000): void {
    const commit = this.#commit;
    if (answer === "synced") this.hear({ kind: "synced", commit, fileBytes });
    else this.hear({ kind: "disk-failed", commit, reason: "no space is left" });
  }

  /** As words, and forgotten. */
  said(): readonly string[] {
    return this.toDisk.splice(0).map((asked) => {
      if (asked.kind === "append") return `append ${asked.entries.length} to ${asked.file}`;
      if (asked.kind === "sync") return `sync ${asked.file}`;
      if (asked.kind === "remove") return `remove ${asked.files.join(" ")}`;
      return asked.kind;
    });
  }
}

function begun(): Scene {
  const scene = new Scene();
  scene.hear({ kind: "begin" });
  scene.open();
  scene.said();
  return scene;
}

test("many accounts go with one sync, and those that come meanwhile with the next", () => {
  const scene = begun();
  scene.keep(3);
  scene.wait(1);
  scene.keep(40);
  scene.wait(20);
  assert.deepEqual(scene.said(), ["append 3 to 1", "sync 1"]);
  scene.sync();
  scene.said();
  scene.wait(5);
  assert.deepEqual(scene.said(), ["append 40 to 1", "sync 1"]);
});

test("nothing is written before the disk has said what is there, and then behind it", () => {
  const scene = new Scene();
  scene.keep(2);
  scene.wait(100);
  assert.deepEqual(scene.said(), ["open"]);
  scene.open([entryOf("old")], [7]);
  scene.said();
  scene.wait(5);
  assert.deepEqual(scene.said(), ["append 2 to 8", "sync 8"]);
});

test("a file goes when the ledger has all of it, not before, and at rest none is left", () => {
  const scene = begun();
  scene.keep(2);
  scene.wait(5);
  scene.sync("synced", 5_000_000);
  scene.keep(1);
  scene.wait(5);
  scene.sync();
  scene.said();
  scene.hear({ kind: "trim", upTo: 1 });
  assert.deepEqual(scene.said(), []);
  scene.hear({ kind: "trim", upTo: 2 });
  assert.deepEqual(scene.said(), ["remove 1"]);
  scene.hear({ kind: "trim", upTo: 3 });
  assert.deepEqual(scene.said(), ["remove 2"]);
  scene.keep(1);
  scene.wait(5);
  assert.deepEqual(scene.said(), ["append 1 to 3", "sync 3"]);
});

test("what an earlier life left comes in parts, and its files go when the ledger has the last of them", () => {
  const scene = new Scene();
  scene.hear({ kind: "begin" });
  scene.open([...Array(700).keys()].map((at) => entryOf(`old${at}`)));
  scene.said();
  const parts = (): number[] =>
    scene.toMeter.flatMap((said) => (said.kind === "left-over" ? [said.entries.length] : []));
  assert.deepEqual(parts(), [500]);
  scene.hear({ kind: "took-over", part: 1, upTo: 500 });
  assert.deepEqual(parts(), [500, 200]);
  scene.hear({ kind: "trim", upTo: 500 });
  assert.deepEqual(scene.said(), []);
  scene.hear({ kind: "took-over", part: 2, upTo: 700 });
  assert.deepEqual(scene.said(), []);
  scene.hear({ kind: "trim", upTo: 700 });
  assert.deepEqual(scene.said(), ["remove 3"]);
});

test("a failed sync: another file with all of it, nothing admitted meanwhile, and what was durable before stays", () => {
  const scene = begun();
  scene.keep(2);
  scene.wait(5);
  scene.sync();
  scene.keep(3);
  scene.wait(5);
  scene.said();
  scene.sync("failed");
  scene.said();
  assert.deepEqual(scene.notes.slice(-2), ["outbox.disk-failed", "outbox.closed"]);
  assert.match(scene.state.closedFor ?? "", /no space is left/);
  scene.keep(1);
  scene.wait(250);
  assert.deepEqual(scene.said(), ["append 4 to 2", "sync 2"]);
  scene.sync();
  scene.said();
  assert.equal(scene.notes.at(-1), "outbox.open-again");
  assert.equal(scene.state.closedFor, undefined);
  scene.hear({ kind: "trim", upTo: 2 });
  assert.deepEqual(scene.said(), ["remove 1"]);
});

test("a disk is tried again also when nothing waits any more: no door opens on a guess", () => {
  const scene = begun();
  scene.keep(1);
  scene.wait(5);
  scene.sync("failed");
  scene.hear({ kind: "trim", upTo: 1 });
  scene.said();
  scene.wait(250);
  assert.deepEqual(scene.said(), ["append 0 to 2", "sync 2"]);
  assert.notEqual(scene.state.closedFor, undefined);
});

test("a sync that hangs closes the doors, and its answer opens them", () => {
  const scene = begun();
  scene.keep(1);
  scene.wait(4_000);
  assert.equal(scene.state.closedFor, undefined);
  scene.wait(1_500);
  assert.match(scene.state.closedFor ?? "", /does not answer/);
  scene.sync();
  assert.equal(scene.state.closedFor, undefined);
});

test("more than may wait for the ledger closes the doors until a quarter is free", () => {
  const scene = begun();
  scene.keep(59_999);
  assert.equal(scene.state.closedFor, undefined);
  scene.keep(1);
  assert.match(scene.state.closedFor ?? "", /waits for the ledger/);
  scene.hear({ kind: "trim", upTo: 10_000 });
  assert.notEqual(scene.state.closedFor, undefined);
  scene.hear({ kind: "trim", upTo: 15_001 });
  assert.equal(scene.state.closedFor, undefined);
  assert.deepEqual(scene.notes, ["outbox.closed", "outbox.open-again"]);
});

test("a meter that counts from one again is another life: all that is on disk and on its way is brought to it", () => {
  const scene = begun();
  scene.keep(2);
  scene.wait(5);
  scene.keep(1);
  scene.said();
  scene.hear({ kind: "keep", number: 1, entry: entryOf("new") });
  assert.deepEqual(scene.said(), ["open"]);
  scene.open([entryOf("r1"), entryOf("r2")], [1]);
  scene.said();
  const [left] = scene.toMeter;
  assert.ok(left?.kind === "left-over");
  assert.deepEqual(
    new Set(usageOfKept(left.entries).map(({ record }) => record.requestId)),
    new Set(["r1", "r2", "r3"]),
  );
  scene.wait(5);
  assert.deepEqual(scene.said(), ["append 1 to 2", "sync 2"]);
});

test("a folder that cannot be read closes the doors and is tried again", () => {
  const scene = new Scene();
  scene.hear({ kind: "begin" });
  scene.said();
  scene.hear({ kind: "disk-failed", commit: 1, reason: "input/output error" });
  assert.match(scene.state.closedFor ?? "", /input\/output error/);
  scene.keep(1);
  assert.deepEqual(scene.said(), []);
  scene.wait(250);
  assert.deepEqual(scene.said(), ["open"]);
  scene.open();
  assert.equal(scene.state.closedFor, undefined);
});
