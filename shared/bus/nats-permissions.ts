// Who may say what to whom over NATS: the servers enforce this table, so a stolen certificate speaks for its own
// role and no other. Sessions and workers talk over the data plane: no line here lets tokens or prompts through.

import type { FleetRole } from "#shared/config/trust.ts";
import { fleetRoles } from "#shared/config/trust.ts";
import { subjectsBetween } from "./subjects.ts";

export interface NatsPermissions {
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
}

/** Everything that actors say across processes: kind of the sender, kinds of its receivers. */
const speech: Readonly<Record<FleetRole, Readonly<Record<string, readonly string[]>>>> = {
  edge: {
    session: ["tenant-queue"],
    "session-directory": ["tenant-queue"],
    "arm-desk": ["rollout"],
    "trial-desk": ["adapter-trials"],
  },
  control: {
    "tenant-queue": ["router", "session", "session-directory", "worker"],
    router: ["adapter-cache", "kv-accountant", "session", "tenant-queue", "worker"],
    "kv-accountant": ["router", "worker"],
  },
  worker: {
    worker: ["kv-accountant", "router", "tenant-queue"],
    "adapter-cache": ["router"],
  },
  metering: {},
  registry: {
    operator: ["owner", "router", "worker"],
    rollout: ["arm-desk"],
    "adapter-trials": ["trial-desk"],
  },
};

/** Kinds of address that a process of each role hears from others. Its other kinds are reached from within only. */
const kindsHeard: Readonly<Record<FleetRole, readonly string[]>> = {
  edge: ["owner", "session", "session-directory", "arm-desk", "trial-desk"],
  control: ["owner", "tenant-queue", "router", "kv-accountant"],
  worker: ["owner", "worker", "adapter-cache"],
  metering: ["owner"],
  registry: ["owner", "rollout", "adapter-trials"],
};

/** Replies to one role's questions: no other role may listen. */
export const inboxPrefixOf = (role: FleetRole): string => `_INBOX.${role}`;

export const questionSubjects = "fl-ask";
/** Usage records on their way to the ledger, and the word that it has them. */
export const usageSubjects = "usage";
export const usageStoredSubject = "fl-usage.stored";
export const usageStream = "USAGE";
export const usageConsumer = "ledger";

export const deadLetterSubjects = "dead-letter";
export const deadLetterStream = "DEADLETTERS";

const keepsDeadLetters: NatsPermissions = {
  publish: [
    "$JS.API.INFO",
    ...["CREATE", "UPDATE", "INFO", "MSG.GET", "MSG.DELETE"].map(
      (verb) => `$JS.API.STREAM.${verb}.${deadLetterStream}`,
    ),
  ],
  subscribe: [],
};

const writesUsage: NatsPermissions = {
  publish: [`${usageSubjects}.>`, `$JS.API.STREAM.INFO.${usageStream}`, "$JS.API.INFO"],
  subscribe: [usageStoredSubject],
};

const readsUsage: NatsPermissions = {
  publish: [
    "$JS.API.INFO",
    `$JS.API.STREAM.CREATE.${usageStream}`,
    `$JS.API.STREAM.UPDATE.${usageStream}`,
    `$JS.API.STREAM.INFO.${usageStream}`,
    `$JS.API.CONSUMER.CREATE.${usageStream}.${usageConsumer}`,
    `$JS.API.CONSUMER.CREATE.${usageStream}.${usageConsumer}.>`,
    `$JS.API.CONSUMER.DURABLE.CREATE.${usageStream}.${usageConsumer}`,
    `$JS.API.CONSUMER.INFO.${usageStream}.${usageConsumer}`,
    `$JS.API.CONSUMER.MSG.NEXT.${usageStream}.${usageConsumer}`,
    `$JS.ACK.${usageStream}.${usageConsumer}.>`,
    usageStoredSubject,
  ],
  subscribe: [],
};

/** How the usage stands, not what is in it. */
const seesUsage: readonly string[] = [
  `$JS.API.STREAM.INFO.${usageStream}`,
  `$JS.API.CONSUMER.INFO.${usageStream}.${usageConsumer}`,
];

const beyondActors: Readonly<Record<FleetRole, NatsPermissions>> = {
  edge: { ...writesUsage, publish: [...writesUsage.publish, `${deadLetterSubjects}.>`] },
  worker: writesUsage,
  metering: readsUsage,
  control: { publish: [], subscribe: [] },
  registry: {
    publish: [`${questionSubjects}.>`, ...keepsDeadLetters.publish, ...seesUsage],
    subscribe: [],
  },
};

const permissionsOf = (role: FleetRole): NatsPermissions => ({
  publish: [
    ...Object.entries(speech[role]).flatMap(([fromKind, receivers]) =>
      receivers.map((toKind) => subjectsBetween(fromKind, toKind)),
    ),
    ...beyondActors[role].publish,
  ],
  subscribe: [
    ...kindsHeard[role].map((kind) => subjectsBetween("*", kind)),
    `${questionSubjects}.>`,
    `${inboxPrefixOf(role)}.>`,
    ...beyondActors[role].subscribe,
  ],
});

/** What the servers' configuration grants a certificate's role. Replies to what one was asked come on top. */
export const natsPermissions: Readonly<Record<FleetRole, NatsPermissions>> = Object.fromEntries(
  fleetRoles.map((role) => [role, permissionsOf(role)]),
) as Readonly<Record<FleetRole, NatsPermissions>>;
