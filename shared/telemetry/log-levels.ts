// How loud each note is in the log. What belongs to one request, or repeats itself in the ordinary course of
// things, is `debug`: it is in the request's story and in the metrics. What is not named here is `debug` too.

export const logLevels = ["fatal", "error", "warn", "info", "debug", "trace", "silent"] as const;
export type LogLevel = (typeof logLevels)[number];
export type NoteLevel = Exclude<LogLevel, "silent" | "trace">;

const byLevel: Readonly<Record<Exclude<NoteLevel, "debug">, readonly string[]>> = {
  /** A bill is lost unless somebody reads this line. Never suppressed. */
  fatal: ["meter.settled-usage-lost"],
  /** A bug of ours. */
  error: [
    "host.restarted",
    "host.stopped-actor",
    "host.device-threw",
    "edge.fault",
    "router.gap-exceeded",
    "bus.deliver-threw",
    "bus.closed",
  ],
  /** Something is not well, and the house copes. */
  warn: [
    "host.mailbox-full",
    "session.attempt-lost",
    "session.unsettled",
    "session-directory.lost",
    "queue.lapsed",
    "router.worker-suspected",
    "router.narrowed",
    "router.isolating",
    "router.worker-ejected",
    "router.panic",
    "worker.engine-crashed",
    "engine.not-up",
    "engine.cordoned",
    "engine.no-reuse",
    "engine.call-failed",
    "worker.engine-fault",
    "gpu.xid",
    "gpu.not-conserved",
    "kv.drift",
    "worker.gpu-time-drift",
    "adapter.failed",
    "owner.key-vanished",
    "owner.unanswered",
    "owner.lease-not-kept",
    "meter.record-failed",
    "meter.unanswered",
    "outbox.disk-failed",
    "outbox.closed",
    "outbox.open-again",
    "outbox.not-kept",
    "outbox.meter-anew",
    "outbox.left-over",
    "edge.issuer-failed",
    "quota.alert-failed",
    "quota.alert-dropped",
    "webhook.failed",
    "webhook.dead",
    "webhook.book-failed",
    "dead-letters.write-failed",
    "dead-letters.lost",
    "adapter-intake.flawed",
    "adapter-intake.failed",
    "adapter-intake.trial-failed",
    "adapter-intake.trial-unavailable",
    "adapter-intake.orphan",
    "bus.disconnected",
    "bus.stale",
    "bus.refused",
    "bus.dropped",
    "bus.too-large",
    "bus.mailbox-full",
  ],
  /** The life of the parts. Claims come by the hundred: they are `debug`. */
  info: [
    "owner.lease-granted",
    "owner.lease-kept-late",
    "owner.lease-dropped",
    "owner.handed-over",
    "adapter-intake.ready",
    "adapter-intake.recovered",
    "adapter-intake.swept",
    "router.placed",
    "router.worker-fenced",
    "router.widened",
    "router.worker-half-open",
    "router.worker-closed",
    "worker.placed",
    "worker.cordoned",
    "worker.draining",
    "gpu.not-measured",
    "gpu.measured",
    "gpu.no-xids",
    "bus.reconnected",
  ],
};

const levels: ReadonlyMap<string, NoteLevel> = new Map(
  Object.entries(byLevel).flatMap(([level, events]) =>
    events.map((event) => [event, level as NoteLevel] as const),
  ),
);

export const levelOf = (event: string): NoteLevel => levels.get(event) ?? "debug";
