// Where a request waited, how long and why: spans between the notes that open and close them.

import type { NoteRecord } from "#shared/actor/host.ts";
import { StartedAttempt } from "./started-attempt.ts";

export interface Wait {
  readonly where: string;
  readonly why: string;
  readonly sinceArrivalMs: number;
  readonly ms: number;
  /** It is still waiting there. */
  readonly isOpen?: true;
}

interface WaitRule {
  readonly where: string;
  readonly opens: readonly string[];
  readonly closes: readonly string[];
  /** Unless a note in between says more. */
  readonly why: string;
  /** How long is known only from the note that closes it. */
  readonly needsClose?: true;
}

const rules: readonly WaitRule[] = [
  {
    where: "admission",
    opens: ["session.submitted"],
    closes: [
      "queue.admitted",
      "queue.restored",
      "queue.refused",
      "queue.offered",
      "session.admitted",
    ],
    why: "the tenant's queue had not answered yet",
  },
  {
    where: "tenant queue",
    opens: ["queue.admitted", "queue.restored"],
    closes: ["queue.offered"],
    why: "the tenant's own limits and order",
  },
  {
    where: "router",
    opens: ["queue.offered", "router.offered"],
    closes: ["router.granted", "queue.granted", "session.granted"],
    why: "its turn among the tenants and a free place",
  },
  {
    where: "start",
    opens: ["session.granted"],
    closes: ["worker.started", "session.started"],
    why: "the prompt was on its way to the worker",
  },
  {
    where: "prefill",
    opens: ["worker.started"],
    closes: ["session.first-token"],
    why: "the engine computed the prompt, beside what else was in its steps",
  },
  {
    where: "preempted",
    opens: ["worker.preempted"],
    closes: ["worker.resumed", "worker.started"],
    why: "its KV blocks were taken back; it is recomputed",
    needsClose: true,
  },
];

/** What tells why an open wait goes on: where, and in which field; or in these words. */
const reasons: ReadonlyMap<string, readonly [where: string, field: string, words?: string]> =
  new Map([
    ["router.passed-over", ["router", "why"]],
    ["router.isolating", ["router", "", "a worker was emptied for it alone"]],
    ["router.reserve-refused", ["router", "reason"]],
    ["router.pin-refused", ["router", "reason"]],
    ["router.pinning", ["router", "", "its adapter had to be resident first"]],
    ["kv.refused", ["router", "reason"]],
    ["worker.refused", ["start", "reason"]],
    ["worker.fenced", ["start", "reason"]],
  ]);

const endsAll: ReadonlySet<string> = new Set([
  "session.finished",
  "session.refused",
  "session.failed",
  "session.attempt-lost",
]);

export function waitsOf(notes: readonly NoteRecord[]): readonly Wait[] {
  const walk = new Walk(notes[0]?.nowMs ?? 0);
  for (const note of notes) walk.hear(note);
  const isOver = notes.some(
    ({ event }) => event === "session.finished" || event === "session.refused",
  );
  if (!isOver) walk.breakOff(notes.at(-1)?.nowMs ?? 0);
  return walk.waits.toSorted((a, b) => a.sinceArrivalMs - b.sinceArrivalMs);
}

interface OpenWait {
  readonly rule: WaitRule;
  readonly fromMs: number;
  readonly whys: Set<string>;
}

/** Through the notes in order; one wait at a time in each place. */
class Walk {
  readonly waits: Wait[] = [];
  readonly #open = new Map<string, OpenWait>();
  readonly #started = new StartedAttempt();
  readonly #arrivedAtMs: number;

  constructor(arrivedAtMs: number) {
    this.#arrivedAtMs = arrivedAtMs;
  }

  hear(said: NoteRecord): void {
    const { event, nowMs, fields } = said;
    this.#learnWhy(event, fields);
    for (const wait of this.#open.values()) {
      if (wait.rule.closes.includes(event)) this.#close(wait, nowMs);
      else if (endsAll.has(event)) this.#cutShort(wait, nowMs);
    }
    const isPast = this.#started.isPast(said);
    this.#started.hear(said);
    if (isPast) return;
    for (const rule of rules) {
      if (!rule.opens.includes(event) || this.#open.has(rule.where)) continue;
      this.#open.set(rule.where, { rule, fromMs: nowMs, whys: new Set() });
    }
  }

  #learnWhy(event: string, fields: NoteRecord["fields"]): void {
    const [where = "", field = "", words] = reasons.get(event) ?? [];
    const why = words ?? fields[field];
    if (why !== undefined) this.#open.get(where)?.whys.add(String(why));
  }

  /** The story so far ends here, its waits do not. */
  breakOff(nowMs: number): void {
    for (const wait of this.#open.values()) this.#cutShort(wait, nowMs, { isOpen: true });
  }

  #cutShort(wait: OpenWait, nowMs: number, still: { readonly isOpen?: true } = {}): void {
    if (wait.rule.needsClose === true) this.#open.delete(wait.rule.where);
    else this.#close(wait, nowMs, still);
  }

  #close(
    { rule, fromMs, whys }: OpenWait,
    nowMs: number,
    still: { readonly isOpen?: true } = {},
  ): void {
    this.waits.push({
      where: rule.where,
      why: whys.size === 0 ? rule.why : [...whys].join(", "),
      sinceArrivalMs: Math.round((fromMs - this.#arrivedAtMs) * 1000) / 1000,
      ms: Math.round((nowMs - fromMs) * 1000) / 1000,
      ...still,
    });
    this.#open.delete(rule.where);
  }
}
