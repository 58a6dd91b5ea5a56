// The disk under one process's outbox, over all of that process's lives: what was not synced is lost with the machine, in
// whole or from some byte on; a sync may fail, and then the next sync of that file succeeds without what the failed one lost.

import type { ToDisk } from "#shared/messages/to-disk.ts";
import type { ToOutbox } from "#shared/messages/to-outbox.ts";
import type { KeptEntry } from "#shared/model/kept-entry.ts";
import { mergeKept } from "#shared/model/kept-entry.ts";
import type { SeededRandom } from "#shared/sim/seeded-random.ts";
import type { SimulatedClock } from "#shared/sim/simulated-clock.ts";
import type { SimulatedHost } from "#shared/sim/simulated-host.ts";
import { packFrames, unpackFrames } from "#services/metering/outbox/frame.ts";
import type { DiskFaults } from "./fault-plan.ts";

interface SimulatedFile {
  /** Survives. */
  synced: Buffer;
  unsynced: Buffer;
}

/** Of one sync. */
const slowShare = 0.02;

export class SimulatedDisk {
  readonly #clock: SimulatedClock;
  readonly #random: SeededRandom;
  readonly #files = new Map<number, SimulatedFile>();
  #faults: DiskFaults = { trouble: 0 };
  #life = 0;

  constructor(clock: SimulatedClock, random: SeededRandom) {
    this.#clock = clock;
    this.#random = random;
  }

  setFaults(faults: DiskFaults): void {
    this.#faults = faults;
  }

  attach(host: SimulatedHost): void {
    const life = ++this.#life;
    const random = this.#random.derive(`life/${life}`);
    let freeAtMs = 0;
    host.attach("disk", (to, from, message) => {
      const tookMs = random.chance(slowShare) ? random.between(100, 900) : random.between(1, 12);
      const isTroubled = random.chance(this.#faults.trouble);
      freeAtMs = Math.max(freeAtMs, this.#clock.nowMs) + tookMs;
      this.#clock.schedule(freeAtMs, () => {
        if (life !== this.#life || host.isStopped) return;
        const answer = this.#perform(message as ToDisk, isTroubled);
        if (answer !== undefined) host.send(to, from, answer);
      });
    });
  }

  /** The machine loses power: worse than a process that is killed. */
  crash(): void {
    this.#life++;
    const random = this.#random.derive(`crash/${this.#life}`);
    for (const file of this.#files.values()) {
      const survives = random.between(0, file.unsynced.length);
      file.synced = Buffer.concat([file.synced, file.unsynced.subarray(0, survives)]);
      file.unsynced = Buffer.alloc(0);
    }
  }

  #perform(asked: ToDisk, isTroubled: boolean): ToOutbox | undefined {
    switch (asked.kind) {
      case "open":
        return isTroubled
          ? { kind: "disk-failed", commit: asked.opening, reason: "simulated" }
          : this.#open(asked.opening);
      case "append": {
        const file = this.#files.get(asked.file) ?? { synced: none, unsynced: none };
        this.#files.set(asked.file, file);
        file.unsynced = Buffer.concat([file.unsynced, packFrames(asked.entries)]);
        return undefined;
      }
      case "sync":
        return this.#sync(asked.file, asked.commit, isTroubled);
      case "remove":
        for (const file of asked.files) this.#files.delete(file);
        return undefined;
      default:
        return asked satisfies never;
    }
  }

  #sync(number: number, commit: number, isTroubled: boolean): ToOutbox {
    const file = this.#files.get(number);
    if (file === undefined) return { kind: "disk-failed", commit, reason: "no such file" };
    const { unsynced } = file;
    file.unsynced = none;
    // Its pages are clean now, and nowhere: who syncs the file again is told that all is well.
    if (isTroubled) return { kind: "disk-failed", commit, reason: "simulated" };
    file.synced = Buffer.concat([file.synced, unsynced]);
    return { kind: "synced", commit, fileBytes: file.synced.length };
  }

  #open(opening: number): ToOutbox {
    const entries: KeptEntry[] = [];
    let tornEnds = 0;
    let unreadable = 0;
    for (const file of this.#files.values()) {
      const bytes = Buffer.concat([file.synced, file.unsynced]);
      const unpacked = unpackFrames(bytes);
      for (const entry of unpacked.entries) entries.push(entry);
      if (unpacked.wholeBytes < bytes.length) tornEnds++;
      unreadable += unpacked.unreadable;
      file.synced = bytes.subarray(0, unpacked.wholeBytes);
      file.unsynced = none;
    }
    const files = [...this.#files].map(([file, { synced }]) => ({ file, bytes: synced.length }));
    return {
      kind: "opened",
      opening,
      files: files.toSorted((a, b) => a.file - b.file),
      entries: mergeKept(entries),
      tornEnds,
      unreadable,
    };
  }
}

const none: Buffer = Buffer.alloc(0);
