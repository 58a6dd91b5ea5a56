import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import type { Address, Effect } from "#shared/actor/actor.ts";
import { TimerHeap } from "#shared/actor/timer-heap.ts";
import type { Keys, ToOwner } from "#shared/messages/to-owner.ts";
import type { Fleet } from "#shared/model/fleet.ts";
import { owner } from "./owner.actor.ts";

const self = "owner/p1" as Address;

interface SceneTimer {
  readonly atMs: number;
  readonly name: string;
  readonly message: ToOwner;
}

/** An owner with a clock and its timers; everything it asks for is written down as a line. */
class Scene {
  readonly #state = owner.init(self);
  readonly #timers = new TimerHeap<SceneTimer>();
  readonly #armed = new Map<string, SceneTimer>();
  #lines: string[] = [];
  #nowMs = 0;

  take(): readonly string[] {
    const lines = this.#lines;
    this.#lines = [];
    return lines;
  }

  perform(command: string): void {
    const [verb = "", ...words] = command.split(" ");
    if (verb === "at") this.#advanceTo(Number(words[0]));
    else if (verb === "pause-until") this.#nowMs = Number(words[0]);
    else this.#receive(messageOf(verb, words));
  }

  #advanceTo(untilMs: number): void {
    while (this.#timers.earliestMs() <= untilMs) {
      this.#nowMs = Math.max(this.#nowMs, this.#timers.earliestMs());
      const due = this.#timers.popDue(this.#nowMs);
      if (due !== undefined) this.#receive(due.message);
    }
    this.#nowMs = untilMs;
  }

  #receive(message: ToOwner): void {
    const effects = owner.receive(this.#state, { from: self, nowMs: this.#nowMs, message });
    for (const effect of effects) this.#apply(effect);
  }

  #apply(effect: Effect): void {
    if (effect.kind === "send") this.#lines.push(lineOf(effect.to, effect.message as Said));
    else if (effect.kind === "note") {
      this.#lines.push(["note", effect.event, ...fieldsOf(effect.fields)].join(" "));
    } else {
      const standing = this.#armed.get(effect.timer);
      if (standing !== undefined) this.#timers.cancel(standing);
      if (effect.kind === "disarm") return;
      const { timer: name, atMs, message } = effect;
      const armed = { atMs, name, message: message as ToOwner };
      this.#armed.set(name, armed);
      this.#timers.push(armed);
    }
  }
}

type Said = Readonly<Record<string, unknown>> & { readonly kind: string };

const lineOf = (to: Address, { kind, ...fields }: Said): string =>
  [`to ${to}:`, kind, ...fieldsOf(fields)].join(" ");

const fieldsOf = (fields: Readonly<Record<string, unknown>>): readonly string[] =>
  Object.entries(fields).map(([name, value]) => `${name}=${shortOf(value)}`);

function shortOf(value: unknown): string {
  if (typeof value === "number") return String(Math.floor(value));
  if (Array.isArray(value)) return `[${value.map(shortOf).join(",")}]`;
  if (typeof value !== "object" || value === null) return String(value).replaceAll('"', "'");
  const { tenant, weight, worker, incarnation, edge, zone, epoch, goneForMs } = value as Readonly<
    Record<string, string>
  >;
  if (goneForMs !== undefined) return `${edge}:${goneForMs}`;
  if (edge !== undefined) return zone === undefined ? `${edge}#${epoch}` : `${edge}@${zone}`;
  return tenant === undefined ? `${worker}#${incarnation}` : `${tenant}/${weight}`;
}

/** `name=value` words as a message; `fleet`, `keys` and `begin` have words of their own. */
function messageOf(verb: string, words: readonly string[]): ToOwner {
  const fields = new Map(
    words.map((word): [string, string] => {
      const equals = word.indexOf("=");
      return [word.slice(0, equals), word.slice(equals + 1)];
    }),
  );
  const list = (name: string): readonly string[] =>
    (fields.get(name) ?? "").split(",").filter((item) => item !== "");
  if (verb === "begin") {
    const edge = fields.get("edge");
    return {
      kind: "begin",
      process: "p1",
      zone: "z",
      isControl: fields.get("control") === "true",
      shardCount: Number(fields.get("shards") ?? 1),
      workers: list("workers"),
      ...(edge === undefined ? {} : { edge }),
    };
  }
  if (verb === "fleet") {
    return { kind: "fleet-changed", fleet: fleetOf(Number(fields.get("version") ?? 1), list) };
  }
  if (verb === "keys") return keysOf(words);
  const plain = Object.fromEntries(
    [...fields].map(([name, text]) => [name, /^\d+$/.test(text) ? Number(text) : text]),
  );
  return { kind: verb, ...plain } as unknown as ToOwner;
}

/** `tenants=acme:4` is a tenant and its weight, `workers=w1@llama` a worker and its pool. */
function fleetOf(version: number, list: (name: string) => readonly string[]): Fleet {
  const fleet = {
    version,
    tenants: list("tenants").map((text) => {
      const [tenant = "", weight = "1"] = text.split(":");
      return { policy: { tenant, weight: Number(weight) } };
    }),
    pools: list("pools").map((id) => ({ id })),
    workers: list("workers").map((text) => {
      const [id = "", pool = ""] = text.split("@");
      return { id, pool, zone: "z", host: "h", engine: { kvBlockTokens: 16 } };
    }),
  };
  return fleet as unknown as Fleet;
}

/** `keys /worker/ revision=9 w1@llama=4`: everything under the prefix, with epochs; `shard/1!p2=7` names its holder, `p2@y=3` a process's zone. */
function keysOf([prefix = "", revision = "", ...entries]: readonly string[]): Keys {
  return {
    kind: "keys",
    prefix,
    revision: Number(revision.split("=")[1]),
    entries: entries.map((text) => {
      const [name = "", epoch = ""] = text.split("=");
      const [own = "", holder] = name.split("!");
      const [id = "", pool = ""] = own.split("@");
      const zone = prefix === "/process/" && pool !== "" ? pool : "z";
      const value = holder ?? JSON.stringify({ zone, host: "h", pool, isControl: true });
      return { key: `${prefix}${id}`, value, epoch: Number(epoch) };
    }),
  };
}

interface Exchange {
  readonly commands: readonly string[];
  readonly expected: readonly string[];
}

/** Blocks of commands and, after `----`, the lines they cause. A line that begins with `#` is for the reader. */
function exchangesOf(text: string): readonly Exchange[] {
  return text.split(/\n\s*\n/).map((block) => {
    const lines = block.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    const rule = lines.indexOf("----");
    return rule < 0
      ? { commands: lines, expected: [] }
      : { commands: lines.slice(0, rule), expected: lines.slice(rule + 1) };
  });
}

const folder = new URL("./transcripts/", import.meta.url);

for (const file of readdirSync(folder).filter((name) => name.endsWith(".txt"))) {
  const [title = file, ...rest] = readFileSync(new URL(file, folder), "utf8").split("\n");
  test(title.replace(/^# /, ""), () => {
    const scene = new Scene();
    for (const { commands, expected } of exchangesOf(rest.join("\n"))) {
      for (const command of commands) scene.perform(command);
      assert.deepEqual(scene.take(), expected, commands.join("; "));
    }
  });
}
