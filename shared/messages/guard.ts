// The one check at decode: does this mailbox know the message's kind, and has it every field in its type?
// After it the types are trusted and nobody checks again. It looks one level deep; it never throws.

import type { FieldRule, FieldType } from "./fields.ts";
import { toAdapterCacheFields } from "./to-adapter-cache.ts";
import { toAdapterTrialsFields } from "./to-adapter-trials.ts";
import { toArmDeskFields } from "./to-arm-desk.ts";
import { toClientFields } from "./to-client.ts";
import { toCoordinationFields } from "./to-coordination.ts";
import { toDeadLettersFields } from "./to-dead-letters.ts";
import { toEngineFields } from "./to-engine.ts";
import { toHostFields } from "./to-host.ts";
import { toKvAccountantFields } from "./to-kv-accountant.ts";
import { toDiskFields } from "./to-disk.ts";
import { toLedgerFields } from "./to-ledger.ts";
import { toMeterFields } from "./to-meter.ts";
import { toOutboxFields } from "./to-outbox.ts";
import { toOwnerFields } from "./to-owner.ts";
import { toRolloutFields } from "./to-rollout.ts";
import { toRolloutKeeperFields } from "./to-rollout-keeper.ts";
import { toRouterFields } from "./to-router.ts";
import { toSessionDirectoryFields } from "./to-session-directory.ts";
import { toSessionFields } from "./to-session.ts";
import { toTenantQueueFields } from "./to-tenant-queue.ts";
import { toTrialDeskFields } from "./to-trial-desk.ts";
import { toWorkerFields } from "./to-worker.ts";

type MailboxFields = Readonly<Record<string, Readonly<Record<string, FieldRule>>>>;

/** By the first part of the receiver's address: every actor and device that can be reached. */
export const mailboxes: Readonly<Record<string, MailboxFields>> = {
  session: toSessionFields,
  "session-directory": toSessionDirectoryFields,
  "tenant-queue": toTenantQueueFields,
  router: toRouterFields,
  "kv-accountant": toKvAccountantFields,
  "adapter-cache": toAdapterCacheFields,
  worker: toWorkerFields,
  engine: toEngineFields,
  meter: toMeterFields,
  outbox: toOutboxFields,
  disk: toDiskFields,
  owner: toOwnerFields,
  client: toClientFields,
  ledger: toLedgerFields,
  coordination: toCoordinationFields,
  "dead-letters": toDeadLettersFields,
  host: toHostFields,
  rollout: toRolloutFields,
  "rollout-keeper": toRolloutKeeperFields,
  "arm-desk": toArmDeskFields,
  "trial-desk": toTrialDeskFields,
  "adapter-trials": toAdapterTrialsFields,
};

interface FieldCheck {
  readonly field: string;
  readonly type: FieldType;
  readonly isOptional: boolean;
}

// Compiled once: parsing rules per message would cost more than checking it. Maps, so that a kind called
// `constructor` is unknown.
const checks: ReadonlyMap<string, ReadonlyMap<string, readonly FieldCheck[]>> = new Map(
  Object.entries(mailboxes).map(([mailbox, kinds]) => [mailbox, compileKinds(kinds)]),
);

function compileKinds(kinds: MailboxFields): ReadonlyMap<string, readonly FieldCheck[]> {
  return new Map(
    Object.entries(kinds).map(([kind, fields]) => [
      kind,
      Object.entries(fields).map(([field, rule]) => compileRule(field, rule)),
    ]),
  );
}

function compileRule(field: string, rule: FieldRule): FieldCheck {
  const isOptional = rule.endsWith("?");
  return { field, type: (isOptional ? rule.slice(0, -1) : rule) as FieldType, isOptional };
}

/** Why `message` may not be delivered to an address of that kind; nothing if it may. Names kinds and fields, never values. */
export function checkMessage(mailbox: string, message: unknown): string | undefined {
  const kinds = checks.get(mailbox);
  if (kinds === undefined) return "unknown mailbox";
  if (!isPlainObject(message)) return "not an object";
  const kind = message["kind"];
  if (typeof kind !== "string") return "no kind";
  const fields = kinds.get(kind);
  if (fields === undefined) return `unknown kind ${kind.slice(0, 40)}`;
  for (const { field, type, isOptional } of fields) {
    const value = message[field];
    if (value === undefined) {
      if (isOptional) continue;
      return `${kind} without ${field}`;
    }
    if (!hasType(value, type)) return `${kind} with ${field} that is no ${type}`;
  }
  return undefined;
}

function hasType(value: unknown, type: FieldType): boolean {
  switch (type) {
    case "string":
    case "boolean":
      return typeof value === type;
    case "number":
      return typeof value === "number" && !Number.isNaN(value);
    case "bytes":
      return value instanceof Uint8Array;
    case "array":
      return Array.isArray(value);
    case "object":
      return isPlainObject(value);
    default:
      return type satisfies never;
  }
}

/** Not a Map, Date or Error, which some bad bytes decode to. */
function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
