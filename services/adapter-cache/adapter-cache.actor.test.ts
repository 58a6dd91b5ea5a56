import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import type { Address, Effect } from "#shared/actor/actor.ts";
import type { ToAdapterCache } from "#shared/messages/to-adapter-cache.ts";
import type { ToWorker } from "#shared/messages/to-worker.ts";
import type { EvictionName } from "#shared/model/adapter-policy.ts";
import type { AdapterDigest, PoolId, RequestId, WorkerId } from "#shared/model/ids.ts";
import { adapterCache } from "./adapter-cache.actor.ts";
import type { AdapterCache } from "./cache-state.ts";

type Words = ReadonlyMap<string, string>;

/** A cache with a clock and its timer; what it says is written down as lines. */
class Scene {
  readonly state: AdapterCache = adapterCache.init("adapter-cache/h1" as Address);
  readonly sent: { readonly to: Address; readonly message: { readonly kind: string } }[] = [];
  lines: string[] = [];
  timerMs = Infinity;
  nowMs = 0;

  receive(message: ToAdapterCache): void {
    const arrival = { from: "outside" as Address, nowMs: this.nowMs, message };
    for (const effect of adapterCache.receive(this.state, arrival)) this.#apply(effect);
  }

  #apply(effect: Effect): void {
    if (effect.kind === "arm") this.timerMs = effect.atMs;
    else if (effect.kind === "disarm") this.timerMs = Infinity;
    else if (effect.kind === "note") this.#say(`note ${effect.event}`, effect.fields);
    else {
      const message = effect.message as { readonly kind: string };
      this.sent.push({ to: effect.to, message });
      const { kind, ...fields } = message;
      this.#say(`to ${effect.to}: ${kind}`, fields);
    }
  }

  #say(head: string, fields: Readonly<Record<string, unknown>>): void {
    const shown = Object.entries(fields).map(([name, value]) => `${name}=${String(value)}`);
    this.lines.push([head, ...shown].join(" "));
  }

  run(command: string): void {
    const [verb = "", ...rest] = command.split(" ");
    const words = new Map<string, string>();
    rest.forEach((word, index) => {
      const [name = "", value] = word.split("=");
      words.set(value === undefined ? `${index}` : name, value ?? name);
    });
    if (verb === "wait") this.wait(Number(rest[0]));
    else this.receive(messageOf(verb, words));
  }

  wait(forMs: number): void {
    const untilMs = this.nowMs + forMs;
    while (this.timerMs <= untilMs) {
      this.nowMs = this.timerMs;
      this.timerMs = Infinity;
      this.receive({ kind: "timer-fired", name: "load" });
    }
    this.nowMs = untilMs;
  }
}

const digests = (list: string): AdapterDigest[] =>
  (list === "" ? [] : list.split(",")) as AdapterDigest[];

const evictionsOf = (list = "") =>
  list.split(",").map((pair) => {
    const [worker = "", eviction = ""] = pair.split(":");
    return { worker: worker as WorkerId, eviction: eviction as EvictionName };
  });

// oxlint-disable-next-line eslint/complexity -- one case per command
function messageOf(verb: string, words: Words): ToAdapterCache {
  const first = words.get("0") ?? "";
  const attempted = {
    requestId: first as RequestId,
    attempt: Number(words.get("attempt") ?? 1),
    pool: (words.get("pool") ?? "main") as PoolId,
    poolEpoch: Number(words.get("epoch") ?? 5),
    ...(words.has("place") ? { place: Number(words.get("place")) } : {}),
  };
  const placed = {
    worker: (words.get("worker") ?? "w1") as WorkerId,
    incarnation: Number(words.get("incarnation") ?? 7),
  };
  const digest = (words.get("digest") ?? first) as AdapterDigest;
  switch (verb) {
    case "catalog":
      return {
        kind: "adapter-catalog",
        hostBytesMax: Number(words.get("host") ?? 100),
        adapters: [...words]
          .filter(([name]) => !["host", "kept", "evictions"].includes(name))
          .map(([name, bytes]) => ({
            digest: name as AdapterDigest,
            bytes: Number(bytes),
            ...(digests(words.get("kept") ?? "").includes(name as AdapterDigest)
              ? { isKept: true }
              : {}),
          })),
        ...(words.has("evictions") ? { evictions: evictionsOf(words.get("evictions")) } : {}),
      };
    case "up": {
      const slots = Number(words.get("slots") ?? 2);
      return { kind: "worker-up", ...placed, slots, residents: digests(words.get("holds") ?? "") };
    }
    case "pin":
      return { kind: "pin", ...attempted, ...placed, digest };
    case "unpin":
      return { kind: "unpin", ...attempted };
    case "want": {
      const { pool, poolEpoch } = attempted;
      return { kind: "want-adapters", ...placed, pool, poolEpoch, digests: digests(first) };
    }
    case "keep": {
      const held = [...words].filter(([name]) => /^r\d/.test(name));
      return {
        kind: "keep-pins",
        worker: placed.worker,
        pool: attempted.pool,
        poolEpoch: attempted.poolEpoch,
        held: held.map(([name, adapter]) => ({
          requestId: name as RequestId,
          attempt: 1,
          digest: adapter as AdapterDigest,
        })),
      };
    }
    case "loaded":
      return { kind: "cache-adapter-loaded", ...placed, digest };
    case "failed": {
      const reason = words.get("reason") ?? "broken";
      return { kind: "cache-adapter-failed", ...placed, digest, reason };
    }
    default:
      throw new Error(`unknown command: ${verb}`);
  }
}

/** With TRANSCRIPTS=write the effects as they are now are written down, to be read and judged. */
const writes = process.env["TRANSCRIPTS"] === "write";

for (const file of readdirSync(new URL("./transcripts/", import.meta.url))) {
  test(`transcript ${file}`, () => {
    const url = new URL(`./transcripts/${file}`, import.meta.url);
    const text = readFileSync(url, "utf8");
    const scene = new Scene();
    const played = text
      .trimEnd()
      .split("\n\n")
      .map((block) => {
        const [commands = ""] = block.split("\n----");
        scene.lines = [];
        for (const command of commands.split("\n")) {
          if (!command.startsWith("#")) scene.run(command);
        }
        return [commands, "----", ...scene.lines].join("\n");
      })
      .join("\n\n");
    if (writes) writeFileSync(url, `${played}\n`);
    else assert.equal(`${played}\n`, text);
  });
}

const names = ["aa", "bb", "cc", "dd", "ee"] as AdapterDigest[];
const slots = 2;
const worker = "w1" as WorkerId;

/** A worker that does what it was last asked, when the script lets it, and may forget everything. */
class PlayedWorker {
  readonly scene: Scene = new Scene();
  readonly needed: Map<RequestId, AdapterDigest> = new Map();
  held: Set<AdapterDigest> = new Set();
  incarnation = 1;

  beat(): void {
    const { incarnation } = this;
    this.scene.receive({
      kind: "worker-up",
      worker,
      incarnation,
      slots,
      residents: [...this.held],
    });
  }

  restart(): void {
    this.incarnation++;
    this.held = new Set();
    this.beat();
  }

  pin(pick: number): void {
    const { incarnation } = this;
    const requestId = `r${pick % 12}` as RequestId;
    const digest = this.needed.get(requestId) ?? names[pick % 5];
    if (digest === undefined) return;
    this.needed.set(requestId, digest);
    this.scene.receive({ kind: "pin", ...asked(requestId), worker, incarnation, digest });
  }

  unpin(pick: number): void {
    const requestId = `r${pick % 12}` as RequestId;
    this.needed.delete(requestId);
    this.scene.receive({ kind: "unpin", ...asked(requestId) });
  }

  answer(isGood: boolean): void {
    const { incarnation, held } = this;
    const last = this.scene.sent.findLast(({ message }) => message.kind === "load-adapter");
    const load = last?.message as Extract<ToWorker, { kind: "load-adapter" }> | undefined;
    if (load?.incarnation !== incarnation) return;
    const { digest, evict } = load;
    if (evict !== "") held.delete(evict);
    if (!isGood) {
      const reason = "broken";
      this.scene.receive({ kind: "cache-adapter-failed", worker, incarnation, digest, reason });
    } else if (held.has(digest) || held.size < slots) {
      held.add(digest);
      this.scene.receive({ kind: "cache-adapter-loaded", worker, incarnation, digest });
    }
  }

  act(verb: string, pick: number): void {
    if (verb === "pin") this.pin(pick);
    else if (verb === "unpin") this.unpin(pick);
    else if (verb === "beat") this.beat();
    else if (verb === "wait") this.scene.wait(pick * 100);
    else if (verb === "restart") this.restart();
    else this.answer(verb === "load");
  }

  check(verb: string): void {
    const { workers, pins, hostTier } = this.scene.state;
    const residency = workers.get(worker);
    assert.ok(residency !== undefined);
    for (const { digest } of pins.byAttempt.values()) {
      const isThere = residency.residents.has(digest) || residency.loading.has(digest);
      assert.ok(isThere || verb === "beat", "what is pinned is resident or on the way");
    }
    assert.ok(hostTier.bytes <= hostTier.bytesMax);
    // A load that was given up on and came all the same may overlap one that is under way.
    assert.ok(residency.residents.size <= slots && residency.loading.size <= slots);
  }
}

const asked = (requestId: RequestId) =>
  ({ requestId, attempt: 1, pool: "main" as PoolId, poolEpoch: 1 }) as const;

const action = fc.record({
  verb: fc.constantFrom("pin", "pin", "pin", "unpin", "unpin", "load", "load", "fail", "wait"),
  pick: fc.nat(60),
});
const rareAction = fc.record({ verb: fc.constantFrom("beat", "restart"), pick: fc.nat(60) });
const actions = fc.array(
  fc.oneof({ weight: 9, arbitrary: action }, { weight: 1, arbitrary: rareAction }),
  { minLength: 60, maxLength: 150 },
);

test("whatever is asked and however loads end: what is pinned stays, and slots and bytes are kept", () => {
  let pinned = 0;
  fc.assert(
    fc.property(actions, (script) => {
      const played = new PlayedWorker();
      played.scene.run("catalog aa=10 bb=10 cc=10 dd=10 ee=10 host=25");
      played.beat();
      for (const { verb, pick } of script) {
        played.act(verb, pick);
        played.check(verb);
      }
      pinned += played.scene.lines.filter((line) => line.includes(": pinned")).length;
    }),
    { numRuns: 100, seed: 3 },
  );
  assert.ok(pinned > 500, `${pinned} pins`);
});
