// The device at `dead-letters/<process>`: makes a record of what a session told, and writes it until it is kept. What it
// holds meanwhile is bounded; what is beyond, or is left when its process ends, is said in the log and lost.

import { assert } from "#shared/actor/assert.ts";
import type { Address } from "#shared/actor/actor.ts";
import { note } from "#shared/actor/actor.ts";
import type { Device, Host, NoteRecord } from "#shared/actor/host.ts";
import { suspectDigest } from "#shared/coordination/suspects.ts";
import type { LetterDied, ToDeadLetters } from "#shared/messages/to-dead-letters.ts";
import type { DeadLetter, DeadLetters } from "./dead-letters.ts";

export interface DeadLetterDevice {
  readonly device: Device;
  /** Resolves when all that it holds is written, or after this patience; what is left is said. */
  close(patienceMs?: number): Promise<void>;
}

export interface DeadLetterPorts {
  readonly letters: Pick<DeadLetters, "write">;
  readonly host: Pick<Host, "nowMs">;
  readonly onNote: (record: NoteRecord) => void;
}

const heldMax = 1_000;
const againFirstMs = 100;
const againMostMs = 5_000;
const closePatienceMs = 2_000;
const reasonMax = 200;

export function deadLetterDevice({ letters, host, onNote }: DeadLetterPorts): DeadLetterDevice {
  const held = new Map<string, DeadLetter>();
  let isWriting = false;
  let wake: (() => void) | undefined;
  const say = (actor: Address, event: string, fields: NoteRecord["fields"]): void =>
    onNote({ ...note(event, fields), actor, nowMs: host.nowMs() });

  const writeAll = async (self: Address): Promise<void> => {
    isWriting = true;
    for (let failures = 0; held.size > 0;) {
      const [first] = held.values();
      if (first === undefined) break;
      const { requestId, tenant, cause } = first;
      try {
        await letters.write(first);
        held.delete(requestId);
        failures = 0;
        say(self, "dead-letters.kept", { requestId, tenant, reason: cause });
      } catch (error) {
        failures++;
        const reason = String(error).slice(0, reasonMax);
        if (failures === 1) say(self, "dead-letters.write-failed", { requestId, tenant, reason });
        const { promise, resolve } = Promise.withResolvers<void>();
        wake = resolve;
        const againMs = Math.min(againMostMs, againFirstMs * 2 ** (failures - 1));
        const timer = setTimeout(resolve, againMs);
        await promise;
        clearTimeout(timer);
      }
    }
    isWriting = false;
  };

  return {
    device(self, _from, message) {
      const died = message as ToDeadLetters;
      const { requestId, tenant } = died;
      if (held.size >= heldMax) return say(self, "dead-letters.lost", { requestId, tenant });
      held.set(requestId, letterOf(died));
      if (!isWriting) void writeAll(self);
    },
    async close(patienceMs = closePatienceMs) {
      const untilMs = performance.now() + patienceMs;
      while (held.size > 0 && performance.now() < untilMs) {
        wake?.();
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      for (const { requestId, tenant } of held.values()) {
        say("dead-letters/closing" as Address, "dead-letters.lost", { requestId, tenant });
      }
      held.clear();
      wake?.();
    },
  };
}

/** Its kind goes with the message, and its identity into the digest. */
function letterOf(died: LetterDied): DeadLetter {
  const { kind, identity, ...told } = died;
  assert(kind === "letter-died", "there is no other");
  return { ...told, digest: suspectDigest(identity) };
}
