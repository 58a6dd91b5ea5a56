// The contract of every host, as one suite: local, simulated and the fleet's pass the same cases.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Actor, Address, AnyActor, Effect } from "./actor.ts";
import { arm, disarm, note, send } from "./actor.ts";
import type { Device, Host, HostLimits, NoteRecord } from "./host.ts";
import { hostLimitsDefault } from "./host.ts";

/** What a case asks for: a host with these actors and devices, fresh. */
export interface HostWanted {
  readonly actors: readonly AnyActor[];
  readonly devices?: Readonly<Record<string, Device>>;
  readonly limits?: HostLimits;
  /** The host hears `own`, `disown` and `valid-until` at `host/test` for these kinds. */
  readonly ownedKinds?: ReadonlySet<string>;
  readonly onRestart?: (address: Address) => void;
}

/** A host under test, and the one way to let its time pass. */
export interface HostHarness {
  readonly host: Host;
  /** Everything noted so far, by actors and by the host. */
  readonly notes: readonly NoteRecord[];
  /** Let so much of the host's time pass, and everything sent or due meanwhile be delivered. */
  advance(ms: number): Promise<void>;
  /** For hosts that carry bytes: as if they had come from the network for this address. */
  deliverBytes?(to: Address, bytes: Uint8Array): void;
  stop(): Promise<void>;
}

export type StartHost = (wanted: HostWanted) => Promise<HostHarness>;

/** The scripted actor of these cases: does what a message says, and notes what it received. */
type ToPuppet =
  | { readonly kind: "say"; readonly word: string }
  | { readonly kind: "do"; readonly effects: readonly Effect[] }
  | { readonly kind: "throw" }
  | { readonly kind: "finish" };

interface Puppet {
  isFinished: boolean;
  heard: number;
}

function receiveAsPuppet(puppet: Puppet, message: ToPuppet): readonly Effect[] {
  puppet.heard++;
  switch (message.kind) {
    case "say":
      return [note("heard", { word: message.word, heard: puppet.heard })];
    case "do":
      return message.effects;
    case "throw":
      throw new Error("broken law: as told");
    case "finish":
      puppet.isFinished = true;
      return [];
    default:
      return message satisfies never;
  }
}

const wordOf = (message: unknown): string =>
  (message as { readonly word?: string }).word ?? "something else";

const puppetNamed = (name: string): Actor<Puppet, ToPuppet> => ({
  name,
  init: () => ({ isFinished: false, heard: 0 }),
  receive: (puppet, { message }) => receiveAsPuppet(puppet, message),
  isFinished: (puppet) => puppet.isFinished,
  undelivered: (_puppet, { message }) => [note("turned-away", { word: wordOf(message) })],
});

const puppet = puppetNamed("puppet");
const owned = puppetNamed("owned");
const ann = "puppet/ann" as Address;
const bob = "puppet/bob" as Address;
const outside = "outside/test" as Address;
const hostItself = "host/test" as Address;
const mine = "owned/mine" as Address;

const say = (word: string): ToPuppet => ({ kind: "say", word });
const tell = (...effects: readonly Effect[]): ToPuppet => ({ kind: "do", effects });

/** What an actor noted that it heard, in order. */
const heardBy = ({ notes }: HostHarness, actor: Address): readonly unknown[] =>
  notes
    .filter((record) => record.actor === actor && record.event === "heard")
    .map((record) => record.fields["word"]);

const events = ({ notes }: HostHarness, event: string): readonly NoteRecord[] =>
  notes.filter((record) => record.event === event);

const enoughMs = 200;

/** One test per law. */
export function hostCases(hostName: string, start: StartHost): void {
  const law = (
    sentence: string,
    wanted: HostWanted,
    check: (harness: HostHarness) => Promise<void>,
  ): void => {
    test(`${hostName}: ${sentence}`, async () => {
      const harness = await start(wanted);
      try {
        await check(harness);
      } finally {
        await harness.stop();
      }
    });
  };
  orderCases(law);
  timerCases(law);
  throwCases(law);
  mailboxCases(law);
  lifeCases(law);
  ownershipCases(law);
  law(
    "bytes that are no message are dropped with a note and harm nobody",
    { actors: [puppet] },
    checkMalformedBytes,
  );
}

type Law = (
  sentence: string,
  wanted: HostWanted,
  check: (harness: HostHarness) => Promise<void>,
) => void;

function orderCases(law: Law): void {
  law("what one sender sends arrives in its order", { actors: [puppet] }, async (harness) => {
    const words = Array.from({ length: 50 }, (_, index) => `${index}`);
    harness.host.send(outside, ann, tell(...words.map((word) => send(bob, say(word)))));
    await harness.advance(enoughMs);
    assert.deepEqual(heardBy(harness, bob), words);
  });

  law("an actor hears one arrival at a time", { actors: [puppet] }, async (harness) => {
    harness.host.send(
      outside,
      ann,
      tell(send(ann, say("second")), note("heard", { word: "first" })),
    );
    await harness.advance(enoughMs);
    assert.deepEqual(heardBy(harness, ann), ["first", "second"]);
  });

  const answers: string[] = [];
  law(
    "a device hears what is addressed to its kind",
    {
      actors: [puppet],
      devices: { printer: (to, from, message) => answers.push(`${to} ${from} ${wordOf(message)}`) },
    },
    async (harness) => {
      harness.host.send(outside, ann, tell(send("printer/one" as Address, say("hello"))));
      await harness.advance(enoughMs);
      assert.deepEqual(answers, ["printer/one puppet/ann hello"]);
    },
  );

  const heardByDevice: string[] = [];
  law(
    "a device at one address hears that, and the actors of its kind the rest",
    {
      actors: [puppet],
      devices: { [bob]: (to, _from, message) => heardByDevice.push(`${to} ${wordOf(message)}`) },
    },
    async (harness) => {
      harness.host.send(outside, bob, say("hello"));
      harness.host.send(
        outside,
        ann,
        tell(send(bob, say("again")), note("heard", { word: "ann" })),
      );
      await harness.advance(enoughMs);
      assert.deepEqual(heardByDevice, [`${bob} hello`, `${bob} again`]);
      assert.deepEqual(heardBy(harness, ann), ["ann"]);
    },
  );

  law(
    "a message to an unknown kind is dropped with a note",
    { actors: [puppet] },
    async (harness) => {
      harness.host.send(outside, "nobody/here" as Address, say("hello"));
      await harness.advance(enoughMs);
      assert.equal(events(harness, "host.dropped").length, 1);
    },
  );
}

function timerCases(law: Law): void {
  const inMs = (harness: HostHarness, ms: number): number => harness.host.nowMs() + ms;

  law("a timer fires once, not before its time", { actors: [puppet] }, async (harness) => {
    const atMs = inMs(harness, 30);
    harness.host.send(outside, ann, tell(arm("tea", atMs, say("ready"))));
    await harness.advance(enoughMs);
    await harness.advance(enoughMs);
    const [ready, ...more] = events(harness, "heard");
    assert.ok((ready?.nowMs ?? 0) >= atMs, "never early");
    assert.deepEqual(more, []);
  });

  law("arming a name again replaces its timer", { actors: [puppet] }, async (harness) => {
    harness.host.send(outside, ann, tell(arm("tea", inMs(harness, 20), say("old"))));
    harness.host.send(outside, ann, tell(arm("tea", inMs(harness, 60), say("new"))));
    await harness.advance(enoughMs);
    assert.deepEqual(heardBy(harness, ann), ["new"]);
  });

  law("a disarmed timer is never delivered", { actors: [puppet] }, async (harness) => {
    harness.host.send(
      outside,
      ann,
      tell(
        arm("tea", inMs(harness, 20), say("never")),
        arm("cake", inMs(harness, 20), say("cake")),
      ),
    );
    harness.host.send(outside, ann, tell(disarm("tea")));
    await harness.advance(enoughMs);
    assert.deepEqual(heardBy(harness, ann), ["cake"]);
  });

  law("disarming wins over a timer that is already due", { actors: [puppet] }, async (harness) => {
    const atMs = inMs(harness, 20);
    // Both are due at once: the first to be delivered takes the other back.
    harness.host.send(
      outside,
      ann,
      tell(
        arm("first", atMs, tell(disarm("second"))),
        arm("second", atMs, say("never")),
        arm("third", atMs, say("third")),
      ),
    );
    await harness.advance(enoughMs);
    assert.deepEqual(heardBy(harness, ann), ["third"]);
  });
}

function throwCases(law: Law): void {
  const restarted: Address[] = [];
  law(
    "a throw restarts the thrower alone, from its initial state and without its timers",
    { actors: [puppet], onRestart: (address) => restarted.push(address) },
    async (harness) => {
      const { host } = harness;
      host.send(outside, ann, say("one"));
      host.send(outside, bob, say("one"));
      host.send(outside, ann, tell(arm("tea", host.nowMs() + 20, say("never"))));
      host.send(outside, ann, { kind: "throw" });
      host.send(outside, ann, say("two"));
      host.send(outside, bob, say("two"));
      await harness.advance(enoughMs);
      assert.deepEqual(heardBy(harness, ann), ["one", "two"]);
      const counts = (actor: Address) =>
        events(harness, "heard")
          .filter((record) => record.actor === actor)
          .map((record) => record.fields["heard"]);
      assert.deepEqual(counts(ann), [1, 1]);
      assert.deepEqual(counts(bob), [1, 2]);
      assert.equal(events(harness, "host.restarted").length, 1);
      assert.deepEqual(restarted, [ann]);
    },
  );

  law(
    "over its restart budget an actor is stopped, loudly, and the others go on",
    {
      actors: [puppet],
      limits: { ...hostLimitsDefault, restartsMax: 2, restartsWithinMs: 60_000 },
    },
    async (harness) => {
      for (let count = 0; count < 3; count++) harness.host.send(outside, ann, { kind: "throw" });
      harness.host.send(outside, ann, say("too late"));
      harness.host.send(outside, bob, say("still here"));
      await harness.advance(enoughMs);
      assert.equal(events(harness, "host.restarted").length, 2);
      assert.equal(events(harness, "host.stopped-actor").length, 1);
      assert.deepEqual(heardBy(harness, ann), []);
      assert.deepEqual(heardBy(harness, bob), ["still here"]);
    },
  );
}

function mailboxCases(law: Law): void {
  const limits: HostLimits = { ...hostLimitsDefault, mailboxMax: 4 };
  const words = ["1", "2", "3", "4", "5", "6"];

  law(
    "a full mailbox gives the message back to the actor that sent it",
    { actors: [puppet], limits },
    async (harness) => {
      harness.host.send(outside, ann, tell(...words.map((word) => send(bob, say(word)))));
      await harness.advance(enoughMs);
      assert.deepEqual(heardBy(harness, bob), ["1", "2", "3", "4"]);
      assert.deepEqual(
        events(harness, "turned-away").map(({ actor, fields }) => [actor, fields["word"]]),
        [
          [ann, "5"],
          [ann, "6"],
        ],
      );
      assert.equal(events(harness, "host.mailbox-full").length, 2);
      harness.host.send(outside, bob, say("7"));
      await harness.advance(enoughMs);
      assert.equal(heardBy(harness, bob).at(-1), "7", "an emptied mailbox takes messages again");
    },
  );

  const outcomes: string[] = [];
  const late: { host?: Host } = {};
  law(
    "a full mailbox refuses a device",
    {
      actors: [puppet],
      limits,
      devices: {
        flood: (to) => {
          for (const word of words) outcomes.push(late.host?.send(to, bob, say(word)) ?? "");
        },
      },
    },
    async (harness) => {
      late.host = harness.host;
      harness.host.send(outside, ann, tell(send("flood/one" as Address, say("go"))));
      await harness.advance(enoughMs);
      assert.deepEqual(outcomes, [
        "accepted",
        "accepted",
        "accepted",
        "accepted",
        "refused",
        "refused",
      ]);
      assert.deepEqual(heardBy(harness, bob), ["1", "2", "3", "4"]);
    },
  );
}

function lifeCases(law: Law): void {
  law(
    "a finished actor is forgotten with its timers, and a later message begins a new one",
    { actors: [puppet] },
    async (harness) => {
      const { host } = harness;
      host.send(outside, ann, say("one"));
      host.send(outside, ann, tell(arm("tea", host.nowMs() + 20, say("never"))));
      host.send(outside, ann, { kind: "finish" });
      host.send(outside, ann, say("two"));
      await harness.advance(enoughMs);
      assert.deepEqual(
        events(harness, "heard").map(({ fields }) => [fields["word"], fields["heard"]]),
        [
          ["one", 1],
          ["two", 1],
        ],
      );
    },
  );
}

function ownershipCases(law: Law): void {
  const wanted: HostWanted = { actors: [puppet, owned], ownedKinds: new Set(["owned"]) };
  const own = { kind: "own", addresses: [mine] };
  const disown = { kind: "disown", addresses: [mine] };
  const validFor = (harness: HostHarness, ms: number) => ({
    kind: "valid-until",
    atMs: harness.host.nowMs() + ms,
  });

  law("an owned address hears nothing before it is owned", wanted, async (harness) => {
    harness.host.send(outside, hostItself, validFor(harness, 60_000));
    harness.host.send(outside, mine, say("early"));
    await harness.advance(enoughMs);
    harness.host.send(outside, hostItself, own);
    harness.host.send(outside, mine, say("owned"));
    await harness.advance(enoughMs);
    assert.deepEqual(heardBy(harness, mine), ["owned"]);
    assert.equal(events(harness, "host.dropped").length, 1);
  });

  law("a disowned actor is forgotten with its timers", wanted, async (harness) => {
    harness.host.send(outside, hostItself, validFor(harness, 60_000));
    harness.host.send(outside, hostItself, own);
    harness.host.send(outside, mine, tell(arm("tea", harness.host.nowMs() + 300, say("never"))));
    await harness.advance(enoughMs);
    harness.host.send(outside, hostItself, disown);
    harness.host.send(outside, mine, say("late"));
    await harness.advance(enoughMs);
    harness.host.send(outside, hostItself, own);
    harness.host.send(outside, mine, say("anew"));
    await harness.advance(enoughMs);
    assert.deepEqual(heardBy(harness, mine), ["anew"]);
    assert.equal(events(harness, "heard")[0]?.fields["heard"], 1, "it began anew");
  });

  law(
    "past its validity an owned address hears nothing, timers included, and others hear on",
    wanted,
    async (harness) => {
      harness.host.send(outside, hostItself, own);
      harness.host.send(outside, hostItself, validFor(harness, 100));
      harness.host.send(
        outside,
        mine,
        tell(
          arm("tea", harness.host.nowMs() + 150, say("never")),
          note("heard", { word: "in time" }),
        ),
      );
      await harness.advance(enoughMs);
      harness.host.send(outside, mine, say("too late"));
      harness.host.send(outside, bob, say("not owned"));
      await harness.advance(enoughMs);
      assert.deepEqual(heardBy(harness, mine), ["in time"]);
      assert.deepEqual(heardBy(harness, bob), ["not owned"]);
      assert.equal(events(harness, "host.dropped").length, 2);
    },
  );
}

async function checkMalformedBytes(harness: HostHarness): Promise<void> {
  // A host without a network carries no bytes: it keeps this law by having no way to break it.
  if (harness.deliverBytes === undefined) return;
  harness.deliverBytes(ann, Uint8Array.of());
  harness.deliverBytes(ann, Uint8Array.of(0xc1, 0xff, 0x00, 0x93));
  harness.host.send(outside, ann, say("unharmed"));
  await harness.advance(enoughMs);
  assert.deepEqual(heardBy(harness, ann), ["unharmed"]);
  assert.equal(events(harness, "host.dropped").length, 2);
}
