// GPU time on its way out of a process: the latest account of each life and minute, until it is taken. Law: nothing is sent twice at
// once, and what failed goes with what comes next; an account that is lost with the process is what it said in one beat.

import type { GpuEntry } from "#shared/model/gpu-word.ts";
import { gpuEntryKey, mergeGpuEntries } from "#shared/model/gpu-word.ts";

/** Over that the oldest minutes go: the later ones hold their time too, as less exact in when it was. */
const pendingMax = 4096;
/** Of one message. */
const bytesNearlyMax = 128 * 1024;

export class GpuOutbox {
  readonly #send: (due: readonly GpuEntry[]) => Promise<unknown>;
  readonly #pending = new Map<string, GpuEntry>();
  #isSending = false;

  constructor(send: (due: readonly GpuEntry[]) => Promise<unknown>) {
    this.#send = send;
  }

  take(entry: GpuEntry): void {
    const key = gpuEntryKey(entry);
    this.#pending.set(key, mergeGpuEntries(this.#pending.get(key), entry));
    const [oldest] = this.#pending.keys();
    if (this.#pending.size > pendingMax && oldest !== undefined) this.#pending.delete(oldest);
    this.flush();
  }

  /** Accounts that are not known to be taken. */
  get pending(): number {
    return this.#pending.size;
  }

  flush(): void {
    if (this.#isSending) return;
    this.#isSending = true;
    void this.#sendAll().finally(() => {
      this.#isSending = false;
    });
  }

  /** Until nothing is left, or it fails. Never rejects. */
  async #sendAll(): Promise<void> {
    while (this.#pending.size > 0) {
      const due = this.#nextDue();
      try {
        await this.#send(due);
      } catch {
        // The next word tries again.
        return;
      }
      for (const entry of due) {
        const key = gpuEntryKey(entry);
        if (this.#pending.get(key) === entry) this.#pending.delete(key);
      }
    }
  }

  #nextDue(): readonly GpuEntry[] {
    const due: GpuEntry[] = [];
    let bytes = 0;
    for (const entry of this.#pending.values()) {
      bytes += 1024 + entry.tenants.length * 160 + entry.shapes.length * 384;
      if (due.length > 0 && bytes > bytesNearlyMax) break;
      due.push(entry);
    }
    return due;
  }
}
