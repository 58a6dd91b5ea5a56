// What an actor is: one synchronous function from an arrival to effects. No clock, no I/O, no await.
// The same actor runs embedded, in the fleet and in the simulator; nothing here may tell it which.

/** Where a message can be delivered: an actor, or a device its host owns (engine, ledger, socket). Form: `kind/name[/name…]`. */
export type Address = string & { readonly __brand: "Address" };

/** Something that reached an actor. `nowMs` travels with it, so no actor reads a clock: milliseconds, monotonic within one host, fractional. */
export interface Arrival<Message> {
  readonly from: Address;
  readonly nowMs: number;
  readonly message: Message;
}

/** Deliver `message` to `to`, at most once, perhaps late, perhaps never. */
export interface Send {
  readonly kind: "send";
  readonly to: Address;
  readonly message: unknown;
}

/** Deliver `message` to this actor once, at or soon after `atMs`. Arming a name again replaces its earlier timer. */
export interface Arm {
  readonly kind: "arm";
  readonly timer: string;
  readonly atMs: number;
  readonly message: unknown;
}

/** Forget a timer. After this effect its message is never delivered, even if it was already due. */
export interface Disarm {
  readonly kind: "disarm";
  readonly timer: string;
}

/** What the host reports onward: logs, metrics and request stories all derive from notes. Never a prompt, a token or a key. */
export interface Note {
  readonly kind: "note";
  readonly event: string;
  readonly fields: Readonly<Record<string, string | number>>;
}

/** What an actor asks of its host. Closed, and plain data: it can be printed, compared, replayed. */
export type Effect = Send | Arm | Disarm | Note;

/** A message that a full mailbox turned away, given back to the actor that sent it. */
export interface Undelivered {
  readonly to: Address;
  readonly message: unknown;
  readonly nowMs: number;
}

export interface Actor<State, Message> {
  /** The first part of its address: `session`, `tenant-queue`, … */
  readonly name: string;
  init(self: Address): State;
  receive(state: State, arrival: Arrival<Message>): readonly Effect[];
  /** Asked after each arrival: true lets the host forget this actor and its timers. Absent: it lives as long as its host. */
  isFinished?(state: State): boolean;
  /** A bounded mailbox was full. Absent: the loss is like any other, and the sender's timer repairs it. */
  undelivered?(state: State, refused: Undelivered): readonly Effect[];
}

/** For tables of actors of different kinds: the host only ever passes a state back to the actor that made it. */
// oxlint-disable-next-line typescript/no-explicit-any -- an existential type, which TypeScript lacks
export type AnyActor = Actor<any, any>;

export const send = (to: Address, message: unknown): Send => ({ kind: "send", to, message });

export const arm = (timer: string, atMs: number, message: unknown): Arm => ({
  kind: "arm",
  timer,
  atMs,
  message,
});

export const disarm = (timer: string): Disarm => ({ kind: "disarm", timer });

export const note = (event: string, fields: Note["fields"] = {}): Note => ({
  kind: "note",
  event,
  fields,
});
