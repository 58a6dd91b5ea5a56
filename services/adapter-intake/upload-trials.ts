// What becomes of an adapter whose bytes are stored: tried on a worker, then ready or rejected, or gone. Law: ready only after a
// token; what was rejected, turned back or deleted leaves no bytes that nobody has.

import type { UploadEnd } from "#shared/model/adapter-desk.ts";
import type { AdapterTrial } from "#shared/model/adapter-trial.ts";
import type { Fleet } from "#shared/model/fleet.ts";
import type {
  AdapterRemoved,
  AdapterShelf,
  KeptAdapter,
  NewAdapter,
  UploadedAdapter,
} from "#shared/model/uploaded-adapter.ts";
import type { ObjectStore } from "#shared/object-store/object-store.ts";
import { failedBecause, neverTried } from "./trial-words.ts";
import type { Turns } from "./turns.ts";

interface UploadTrialPorts {
  readonly store: ObjectStore;
  readonly shelf: AdapterShelf;
  readonly fleet: () => Fleet;
  readonly trial: AdapterTrial;
  readonly note: (event: string, fields: Readonly<Record<string, string | number>>) => void;
}

/** Before what the last end of the process cut off is given up, each of the trial's own patience. */
const resumedTrialsMax = 10;
/** Until the desired state that has it is seen here. */
const followedWithinMs = 2_000;

export class UploadTrials {
  readonly #ports: UploadTrialPorts;
  /** By digest. */
  readonly #turns: Turns;

  constructor(ports: UploadTrialPorts, turns: Turns) {
    this.#ports = ports;
    this.#turns = turns;
  }

  /** Engines may need their time after a start: nobody waits for an answer, so more than one trial is given. */
  async resume(left: readonly UploadedAdapter[]): Promise<void> {
    for (const adapter of left) {
      try {
        await this.#resumeOne(adapter);
      } catch (error) {
        const { tenant, name } = adapter;
        this.#ports.note("adapter-intake.failed", { tenant, name, reason: reasonOf(error) });
      }
    }
  }

  async #resumeOne(adapter: UploadedAdapter): Promise<void> {
    for (let round = 1; ; round++) {
      const { verdict, code } = await this.#ports.trial.run(adapter);
      if (verdict === "stopped") return;
      if (verdict === "unavailable" && round < resumedTrialsMax) continue;
      await this.#turns.take(adapter.digest, () =>
        verdict === "passed" ? this.#makeReady(adapter) : this.#reject(adapter, verdict, code),
      );
      return;
    }
  }

  /** In the digest's turn. */
  async drop(kept: KeptAdapter): Promise<AdapterRemoved | undefined> {
    const removed = await this.#ports.shelf.remove(kept);
    if (removed?.isLast === true) await this.deleteBytes(kept.digest);
    return removed;
  }

  /** False: the store did not, and an operator is told. The next start tries again. */
  async deleteBytes(digest: string): Promise<boolean> {
    try {
      await this.#ports.store.delete(digest);
      return true;
    } catch (error) {
      this.#ports.note("adapter-intake.orphan", { digest, reason: reasonOf(error) });
      return false;
    }
  }

  /** Between turns: whoever deletes it meanwhile need not wait, nor does who brings the same bytes. */
  async run(adapter: NewAdapter): Promise<UploadEnd> {
    const { verdict, code } = await this.#ports.trial.run(adapter);
    // Its row stays as it is: the next start tries it.
    if (verdict === "stopped") return { kind: "failed", fault: "stopped" };
    const { tenant, name, digest } = adapter;
    return this.#turns.take(digest, async () => {
      if (verdict === "passed") return this.#makeReady(adapter);
      if (verdict === "failed") return this.#reject(adapter, verdict, code);
      const removed = await this.drop({ tenant, name, digest });
      if (removed === undefined) return this.deleted(digest);
      this.#ports.note("adapter-intake.trial-unavailable", { tenant, name, code });
      return { kind: "trial-unavailable" };
    });
  }

  /** In the digest's turn, after a trial. */
  async #makeReady({ tenant, name, digest, bytes, rank }: NewAdapter): Promise<UploadEnd> {
    const { shelf, note } = this.#ports;
    const version = await shelf.settle({ tenant, name, digest }, { status: "ready" });
    if (version === undefined) return this.deleted(digest);
    await this.followed(version);
    note("adapter-intake.ready", { tenant, name, digest, bytes, rank });
    const adapter = await shelf.find({ tenant, name });
    return adapter === undefined
      ? { kind: "cut-off", error: "deleted" }
      : { kind: "ready", adapter };
  }

  /** In the digest's turn. Its row stays to say why, and gives its name to the next upload. */
  async #reject(
    { tenant, name, model, digest }: NewAdapter,
    verdict: "failed" | "unavailable",
    code: string,
  ): Promise<UploadEnd> {
    const { shelf, note } = this.#ports;
    const reason = verdict === "failed" ? failedBecause(code) : neverTried;
    const end = { status: "rejected", reason } as const;
    const version = await shelf.settle({ tenant, name, digest }, end);
    const gone = await this.deleted(digest);
    if (version === undefined) return gone;
    note(`adapter-intake.trial-${verdict}`, { tenant, name, model, digest, code });
    return { kind: "trial-failed", reason };
  }

  /** Its bytes go, unless somebody has them. */
  async deleted(digest: string): Promise<UploadEnd> {
    if (!(await this.#ports.shelf.hasBytes(digest))) await this.deleteBytes(digest);
    return { kind: "cut-off", error: "deleted" };
  }

  /** So that who is told of a change can rely on it here. Elsewhere it is followed within a second. */
  async followed(version: number): Promise<void> {
    const deadline = performance.now() + followedWithinMs;
    while (this.#ports.fleet().version < version && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}

export const reasonOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).slice(0, 200);
