// Messages that are only ever said within a process: by its owner, its devices, a timer, or the actors beside it.
// From another process they are forged: whoever may speak to a mailbox must not place it, nor pose as its engine.

import type { FromEngine } from "#shared/messages/from-engine.ts";
import type { WorkerEvent } from "./data-plane-events.ts";

/** A word that is added there and forgotten here does not compile. */
type All<Kind extends string> = Readonly<Record<Kind, true>>;

const saidByEngines: All<FromEngine["kind"]> = {
  "engine-up": true,
  "engine-refused": true,
  "gpu-time": true,
  step: true,
  "sequence-stopped": true,
  "sequence-failed": true,
  "sequence-preempted": true,
  "sequence-resumed": true,
  "adapter-loaded": true,
  "adapter-failed": true,
};

/** They come by the data plane, which knows who the worker is. `detached` is a queue's word, too. */
const saidByDataPlane: All<Exclude<WorkerEvent["kind"], "detached">> = {
  attached: true,
  "attach-refused": true,
  started: true,
  "start-refused": true,
  tokens: true,
  alive: true,
  returned: true,
};

const innerKinds: Readonly<Record<string, readonly string[]>> = {
  session: [
    "open",
    "resume",
    "client-ready",
    "client-paused",
    "client-gone",
    "admission-noted",
    "worker-lost",
    "edge-draining",
    ...Object.keys(saidByDataPlane),
  ],
  "session-directory": ["session-opened", "session-admitted", "session-closed"],
  "tenant-queue": ["placed", "policy-changed", "edges-changed"],
  router: ["placed", "members-changed"],
  "kv-accountant": ["placed"],
  rollout: ["begin-rollout", "rollout-command", "rollout-kept", "golden-judged"],
  "rollout-keeper": ["keep-rollout", "keep-progress", "judge-golden"],
  "adapter-cache": ["adapter-catalog", "worker-up"],
  worker: [
    "placed",
    "registration-lost",
    "adapter-rights",
    "suspects-noted",
    "engine-crashed",
    ...Object.keys(saidByEngines),
  ],
};

const inner: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  Object.entries(innerKinds).map(([mailbox, kinds]) => [mailbox, new Set(kinds)]),
);

/** All that an owner hears from other processes: the rest is said by the devices beside it. */
const ownerHears = "hand-over";

export function isInner(mailbox: string, kind: string): boolean {
  if (kind === "timer-fired") return true;
  if (mailbox === "owner") return kind !== ownerHears;
  return inner.get(mailbox)?.has(kind) === true;
}

const operatorsWords: Readonly<Record<string, readonly string[]>> = {
  worker: ["cordon", "drain"],
  router: ["narrow", "widen"],
  owner: [ownerHears],
};

/** Who may speak to a worker may not put it out of service, nor narrow a tenant at a router: only an operator does. */
export const isOperators = (mailbox: string, kind: string): boolean =>
  operatorsWords[mailbox]?.includes(kind) === true;
