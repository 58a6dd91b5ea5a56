// What can go wrong between a driver and its engine's door. The world's business: a driver answers each kind, none ends it.

/** `refused`: nobody listens. `broken`: it ended too early. `silent`: no answer in time. `status`: it said no. `malformed`: no answer of such an engine. `leaked`: it computed with what is another's. `closed`: the driver's own doing. */
export type FaultKind =
  | "refused"
  | "broken"
  | "silent"
  | "status"
  | "malformed"
  | "leaked"
  | "closed";

export class EngineFault extends Error {
  readonly kind: FaultKind;
  /** Of `status`. */
  readonly status: number;
  /** What it said, of `status`. */
  readonly body: string;

  constructor(kind: FaultKind, message: string, answer: { status: number; body: string } = none) {
    super(message);
    this.kind = kind;
    this.status = answer.status;
    this.body = answer.body;
  }
}

const none = { status: 0, body: "" };

export const isFault = (error: unknown, kind: FaultKind): boolean =>
  error instanceof EngineFault && error.kind === kind;

/** Whatever was thrown, as a fault. */
export function faultOf(error: unknown): EngineFault {
  if (error instanceof EngineFault) return error;
  const { code = "", message = String(error) } = error as Partial<NodeJS.ErrnoException>;
  const kind = code === "ECONNREFUSED" || code === "ENOTFOUND" ? "refused" : "broken";
  return new EngineFault(kind, message);
}
