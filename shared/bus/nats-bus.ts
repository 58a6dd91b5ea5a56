// Messages between processes over core NATS, at most once: what cannot leave now is lost and counted, what
// arrives is checked and handed on at once. No queue here: the receivers' mailboxes are the bound.

import type { Msg, Subscription } from "@nats-io/transport-node";
import type { Address } from "#shared/actor/actor.ts";
import type { NoteRecord } from "#shared/actor/host.ts";
import { kindOfMessage, reasonOf } from "#shared/actor/message-words.ts";
import { kindOf } from "#shared/messages/addresses.ts";
import { mailboxes } from "#shared/messages/guard.ts";
import { isInner, isOperators } from "./inner-messages.ts";
import type { Envelope } from "./msgpackr-envelope.ts";
import { packEnvelope, unpackEnvelope } from "./msgpackr-envelope.ts";
import type { NatsLink } from "./nats-connection.ts";
import type { NatsOutflow } from "./nats-outflow.ts";
import { createNatsOutflow } from "./nats-outflow.ts";
import type { NoteRation } from "./note-ration.ts";
import { createNoteRation } from "./note-ration.ts";
import { meaningOf, subjectOf, subjectsBelow } from "./subjects.ts";

export interface NatsBusOptions {
  readonly link: NatsLink;
  /** To an address heard here; `refused` is its full mailbox. */
  readonly deliver: (from: Address, to: Address, message: unknown) => "accepted" | "refused";
  readonly onNote: (record: NoteRecord) => void;
}

export interface NatsBus {
  /** `refused`: it can never leave. Accepted is no promise: during an outage it is lost. */
  carry(from: Address, to: Address, message: unknown): "accepted" | "refused";
  /** Hear `kind/name` and everything below it; returns how to stop, which takes effect at once. */
  hear(prefix: string): () => void;
  /** Hear and carry nothing more. */
  close(): void;
}

/** As much as every server is configured to take with room to spare. */
const payloadBytesMax = 512 * 1024;

export const createNatsBus = (options: NatsBusOptions): NatsBus => new Bus(options);

interface Hearing {
  readonly subscriptions: readonly Subscription[];
  listeners: number;
}

class Bus implements NatsBus {
  readonly #link: NatsLink;
  readonly #deliver: NatsBusOptions["deliver"];
  readonly #self: Address;
  readonly #ration: NoteRation;
  readonly #outflow: NatsOutflow;
  readonly #hearings = new Map<string, Hearing>();
  #isClosed = false;

  constructor({ link, deliver, onNote }: NatsBusOptions) {
    this.#link = link;
    this.#deliver = deliver;
    this.#self = `bus/${link.process}` as Address;
    this.#ration = createNoteRation(this.#self, onNote);
    this.#outflow = createNatsOutflow(link);
  }

  carry(from: Address, to: Address, message: unknown): "accepted" | "refused" {
    const fromKind = kindOf(from);
    const toKind = kindOf(to);
    if (mailboxes[toKind] === undefined) {
      this.#ration.say(to, "host.dropped", {
        why: "unknown kind",
        from,
        message: kindOfMessage(message),
      });
      return "accepted";
    }
    const blockage = this.#isClosed ? "closed" : this.#outflow.blockage();
    if (blockage !== undefined) {
      this.#ration.say(this.#self, "bus.dropped", { why: blockage, kind: toKind });
      return "accepted";
    }
    const subject = subjectOf(fromKind, to);
    if (subject === undefined) return this.#refuse(from, message, "the address is too long");
    const packed = packEnvelope({ from, to, message });
    if (packed.length > payloadBytesMax) {
      return this.#refuse(from, message, `${packed.length} bytes are too many for one message`);
    }
    this.#outflow.publish(subject, packed);
    return "accepted";
  }

  hear(prefix: string): () => void {
    let hearing = this.#hearings.get(prefix);
    if (hearing === undefined) {
      hearing = { subscriptions: this.#subscribe(prefix), listeners: 0 };
      this.#hearings.set(prefix, hearing);
    }
    hearing.listeners++;
    let isHearing = true;
    return () => {
      if (!isHearing) return;
      isHearing = false;
      this.#unhear(prefix, hearing);
    };
  }

  close(): void {
    this.#isClosed = true;
    for (const { subscriptions } of this.#hearings.values()) unsubscribe(subscriptions);
    this.#hearings.clear();
    this.#ration.stop();
  }

  #refuse(from: Address, message: unknown, why: string): "refused" {
    this.#ration.say(from, "bus.too-large", { why, message: kindOfMessage(message) });
    return "refused";
  }

  #subscribe(prefix: string): readonly Subscription[] {
    // Callbacks: what waits in an iterator is bounded by nothing.
    const callback = (error: Error | null, arrived: Msg): void => {
      if (error === null && !this.#isClosed) this.#receive(arrived);
    };
    return subjectsBelow(prefix).map((subject) =>
      this.#link.connection.subscribe(subject, { callback }),
    );
  }

  #unhear(prefix: string, hearing: Hearing): void {
    hearing.listeners--;
    if (hearing.listeners > 0 || this.#isClosed) return;
    unsubscribe(hearing.subscriptions);
    this.#hearings.delete(prefix);
  }

  /** Must not throw: it would end the client's reading for good. */
  #receive(arrived: Msg): void {
    const { subject } = arrived;
    const unpacked = unpackEnvelope(arrived.data);
    if (unpacked.kind === "malformed") {
      const to = meaningOf(subject)?.to ?? this.#self;
      this.#ration.say(to, "host.dropped", { why: unpacked.reason });
      return;
    }
    const { from, to, message } = unpacked;
    const kind = kindOfMessage(message);
    const what = { from, message: kind };
    const why = faultOf(unpacked, kind, subject);
    if (why !== undefined) {
      this.#ration.say(to, "host.dropped", { why, ...what });
      return;
    }
    try {
      if (this.#deliver(from, to, message) === "accepted") return;
      this.#ration.say(to, "bus.mailbox-full", what);
    } catch (bug) {
      this.#ration.say(to, "bus.deliver-threw", { reason: reasonOf(bug), ...what });
    }
  }
}

/** The servers vouch for the subject, nobody for the envelope. */
function faultOf({ from, to }: Envelope, kind: string, subject: string): string | undefined {
  if (subjectOf(kindOf(from), to) !== subject) return "its subject says otherwise";
  if (isInner(kindOf(to), kind)) return "only said within a process";
  return isOperators(kindOf(to), kind) && kindOf(from) !== "operator"
    ? "only said by an operator"
    : undefined;
}

function unsubscribe(subscriptions: readonly Subscription[]): void {
  for (const subscription of subscriptions) subscription.unsubscribe();
}
