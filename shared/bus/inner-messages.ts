// Messages that are only ever said within a process: by its owner, its devices, a timer, or the actors beside it.
// From another process they are forged: whoever may speak to a mailbox must not place it, nor pose as its engine.

const innerKinds: Readonly<Record<string, readonly string[]>> = {
  session: ["open", "resume", "client-ready", "client-paused", "client-gone", "admission-noted"],
  "session-directory": ["session-opened", "session-admitted", "session-closed"],
  "tenant-queue": ["placed", "policy-changed", "edges-changed"],
  router: ["placed", "members-changed"],
  "kv-accountant": ["placed"],
  "adapter-cache": ["adapter-catalog", "worker-up"],
  worker: [
    "placed",
    "registration-lost",
    "adapter-rights",
    "engine-up",
    "engine-crashed",
    "suspects-noted",
    "gpu-time",
    "step",
    "engine-refused",
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
