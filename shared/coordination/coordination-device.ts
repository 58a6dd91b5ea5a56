// The device at `coordination/<process>`: carries the questions of an owner, of its tenants' queues and of its workers to the
// store and the store's answers back. It keeps nothing but the open watches; what is unknown is asked again.

import type { Address } from "#shared/actor/actor.ts";
import type { Device, Host } from "#shared/actor/host.ts";
import type { Acquit, NoteSuspects, ToCoordination } from "#shared/messages/to-coordination.ts";
import type { ToOwner } from "#shared/messages/to-owner.ts";
import type { SuspectsNoted } from "#shared/messages/engine-crash.ts";
import type { Coordination, Unknown } from "./coordination.ts";
import { exchangeEscrow } from "./escrow-exchange.ts";
import { acquitSuspect, noteSuspects, suspectDigest } from "./suspects.ts";

export interface CoordinationDevice {
  readonly device: Device;
  /** End every watch. */
  stop(): void;
}

interface Asked {
  readonly to: Address;
  readonly from: Address;
}

export function createCoordinationDevice(
  store: Coordination,
  host: Pick<Host, "send">,
  /** The wall clock that quota windows are named by. */
  epochMs: () => number = Date.now,
): CoordinationDevice {
  const watches = new Map<string, () => void>();
  const beingNoted = new Set<string>();

  const device: Device = (to, from, message) => {
    const question = message as ToCoordination;
    const tell = (answer: ToOwner): void => {
      host.send(to, from, answer);
    };
    if (question.kind === "watch") watch({ to, from }, question.prefix, tell);
    else if (question.kind === "exchange-escrow") {
      // A queue that hears nothing asks the same again.
      exchangeEscrow(store, {
        question,
        epochMs,
        onExchanged: (answer) => host.send(to, from, answer),
      });
    } else if (question.kind === "note-suspects") {
      tellNoted(question, (answer) => host.send(to, from, answer));
    } else if (question.kind === "acquit") acquit(question);
    else ask(store, question, tell);
  };

  // Nobody waits for it: who is not acquitted is forgotten in time.
  const acquit = (question: Acquit): void =>
    acquitSuspect(store, suspectDigest(question), () => {});

  const tellNoted = (question: NoteSuspects, say: (answer: SuspectsNoted) => void): void => {
    const { crash } = question;
    // A worker that hears nothing tells it again, perhaps while it is still being written.
    if (beingNoted.has(crash)) return;
    beingNoted.add(crash);
    noteSuspects(store, question, (areKept) => {
      beingNoted.delete(crash);
      if (areKept) say({ kind: "suspects-noted", crash });
    });
  };

  // Watching a prefix again lists it again: the newer watch takes the older one's place.
  const watch = ({ from }: Asked, prefix: string, tell: (answer: ToOwner) => void): void => {
    const name = `${from} ${prefix}`;
    watches.get(name)?.();
    watches.set(
      name,
      store.watch(prefix, ({ revision, entries }) => {
        tell({ kind: "keys", prefix, revision, entries });
      }),
    );
  };

  return {
    device,
    stop() {
      for (const stopWatch of watches.values()) stopWatch();
      watches.clear();
    },
  };
}

type Question = Exclude<
  ToCoordination,
  { readonly kind: "watch" | "exchange-escrow" | "note-suspects" | "acquit" }
>;

function ask(store: Coordination, question: Question, tell: (answer: ToOwner) => void): void {
  /** Answers what is known, and says so of what is not. */
  const known =
    <Outcome extends { readonly kind: string }>(
      text: string,
      answer: (outcome: Exclude<Outcome, Unknown>) => ToOwner,
    ) =>
    (outcome: Outcome | Unknown): void => {
      if (isUnknown(outcome)) {
        tell({ kind: "coordination-failed", question: text, reason: outcome.reason });
      } else tell(answer(outcome as Exclude<Outcome, Unknown>));
    };
  switch (question.kind) {
    case "grant-lease":
      return store.grantLease(
        question.ttlMs,
        known("grant-lease", ({ lease, ttlMs }) => ({
          kind: "lease-granted",
          lease,
          ttlMs,
          sentAtMs: question.sentAtMs,
        })),
      );
    case "keep-lease":
      return store.keepLease(
        question.lease,
        known("keep-lease", (kept) => {
          const { lease, sentAtMs } = question;
          if (kept.kind === "lost") return { kind: "lease-lost", lease };
          return { kind: "lease-kept", lease, ttlMs: kept.ttlMs, sentAtMs };
        }),
      );
    case "revoke-lease":
      return store.revokeLease(
        question.lease,
        known("revoke-lease", () => ({ kind: "lease-lost", lease: question.lease })),
      );
    case "claim":
      return store.claim(
        question,
        known(`claim ${question.key}`, (outcome) => {
          const { key, lease } = question;
          if (outcome.kind === "claimed") return { ...outcome, key, lease };
          if (outcome.kind === "held") return { kind: "claim-held", key, holder: outcome.value };
          return { kind: "lease-lost", lease };
        }),
      );
    case "release":
      return store.release(
        question.key,
        question.lease,
        known(`release ${question.key}`, () => ({ kind: "released", key: question.key })),
      );
    default:
      return question satisfies never;
  }
}

const isUnknown = (outcome: { readonly kind: string }): outcome is Unknown =>
  outcome.kind === "unknown";
