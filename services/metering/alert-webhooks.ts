// Delivers alerts of quotas to the webhooks of their tenants, each at least once: what is due stands in the book, so that a
// restart, or another process, goes on with it. Law: a delivery ends by a yes, or dead after so many tries.

import { performance } from "node:perf_hooks";
import type { Address } from "#shared/actor/actor.ts";
import type { NoteRecord } from "#shared/actor/host.ts";
import type { Delivery, DeliveryOutcome, QuotaAlertBook } from "#shared/ledger/quota-alerts.ts";
import { alertEvent, alertId } from "#shared/model/quota-alert.ts";
import type { AlertWebhook } from "#shared/model/tenant-policy.ts";
import type { Posted } from "./post-webhook.ts";
import { postWebhook } from "./post-webhook.ts";
import { findSecret } from "./webhook-secret.ts";

const everyMs = 1_000;
/** Longer than a call may take: a process that died with it leaves it to others by then. */
const claimedForMs = 60_000;
/** Some nine hours in all. */
export const attemptsMax = 14;
const backoffMs = { first: 5_000, most: 3_600_000 };

export interface WebhookPorts {
  readonly process: string;
  readonly book: Pick<QuotaAlertBook, "spread" | "claim" | "settle">;
  readonly webhooksOf: (tenant: string) => readonly AlertWebhook[];
  /** Whether private addresses, and those without TLS, are allowed. */
  readonly mayBePrivate: boolean;
  readonly onNote: (record: NoteRecord) => void;
  readonly epochMs?: () => number;
  readonly post?: typeof postWebhook;
}

export interface AlertWebhooks {
  /** One round; never rejects. */
  deliver(): Promise<void>;
  close(): Promise<void>;
}

export function startAlertWebhooks(ports: WebhookPorts): AlertWebhooks {
  let round: Promise<void> | undefined;
  let isFailing = false;
  const note = (event: string, fields: NoteRecord["fields"]): void => {
    const actor = `webhooks/${ports.process}` as Address;
    ports.onNote({ kind: "note", event, fields, actor, nowMs: performance.now() });
  };
  const deliverOnce = async (): Promise<void> => {
    await deliverDue(ports, note);
    isFailing = false;
  };
  const deliver = (): Promise<void> => {
    round ??= deliverOnce()
      .catch((error: unknown) => {
        if (!isFailing) note("webhook.book-failed", { reason: String(error).slice(0, 200) });
        isFailing = true;
      })
      .finally(() => {
        round = undefined;
      });
    return round;
  };
  const timer = setInterval(() => void deliver(), everyMs).unref();
  return {
    deliver,
    close: async () => {
      clearInterval(timer);
      await round;
    },
  };
}

type Note = (event: string, fields: NoteRecord["fields"]) => void;

async function deliverDue(ports: WebhookPorts, note: Note): Promise<void> {
  const { book, webhooksOf, epochMs = Date.now } = ports;
  await book.spread(webhooksOf, epochMs());
  const claimed = await book.claim(epochMs(), epochMs() + claimedForMs);
  await Promise.all(claimed.map((delivery) => deliverOne(ports, delivery, note)));
}

async function deliverOne(ports: WebhookPorts, delivery: Delivery, note: Note): Promise<void> {
  const { book, mayBePrivate, epochMs = Date.now, post = postWebhook } = ports;
  const { alert, url, secretRef, attempts } = delivery;
  const secret = await findSecret(secretRef);
  const nowEpochMs = epochMs();
  const posted: Posted =
    secret.kind === "missing"
      ? { kind: "failed", reason: secret.reason, isFinal: false }
      : await post({
          url,
          event: alertEvent(alert),
          secret: secret.value,
          mayBePrivate,
          nowEpochMs,
        });
  const outcome = outcomeOf(posted, attempts, epochMs());
  await book.settle(delivery, outcome);
  const { tenant } = alert;
  const { host } = new URL(url);
  const reason = posted.kind === "failed" ? { reason: posted.reason } : {};
  note(`webhook.${outcome.kind}`, { tenant, id: alertId(alert), host, attempts, ...reason });
}

function outcomeOf(posted: Posted, attempts: number, nowEpochMs: number): DeliveryOutcome {
  if (posted.kind === "delivered") return posted;
  const { reason, isFinal } = posted;
  if (isFinal || attempts >= attemptsMax) return { kind: "dead", reason };
  const againInMs = Math.min(backoffMs.most, backoffMs.first * 2 ** (attempts - 1));
  return { kind: "failed", reason, againAtEpochMs: nowEpochMs + againInMs };
}
