// What a watch knows of its prefix: a list and the changes since, each applied once and in order, so that its
// revision never goes back. Tells too whether a fresh list shows a change that the watch was never told.

import type { IEvent, IKeyValue } from "etcd3";
import type { KeyList } from "./coordination.ts";
import { entryOf } from "./etcd-transactions.ts";

interface Known {
  readonly value: string;
  readonly epoch: number;
  readonly changedAt: number;
}

export interface FreshList {
  readonly revision: number;
  readonly entries: readonly IKeyValue[];
}

export class EtcdKeyList {
  readonly #known = new Map<string, Known>();
  /** Keys that the watch told of since the last comparison began: at most as many as there are keys. */
  readonly #told = new Set<string>();
  #revision = 0;

  get revision(): number {
    return this.#revision;
  }

  replace({ revision, entries }: FreshList): void {
    this.#revision = revision;
    this.#known.clear();
    for (const entry of entries) this.#put(entry);
  }

  #put(entry: IKeyValue): void {
    const changedAt = Number(entry.mod_revision);
    this.#known.set(entry.key.toString("utf8"), { ...entryOf(entry), changedAt });
  }

  /** Whether anything was new. */
  apply(events: readonly IEvent[]): boolean {
    const heardUpTo = this.#revision;
    for (const { type, kv } of events) {
      const revision = Number(kv.mod_revision);
      // All events of a revision come together: what is not above the list's is in the list.
      if (revision <= heardUpTo) continue;
      const key = kv.key.toString("utf8");
      this.#told.add(key);
      if (type === "Put") this.#put(kv);
      else this.#known.delete(key);
      this.#revision = Math.max(this.#revision, revision);
    }
    return this.#revision > heardUpTo;
  }

  /** What the watch tells from now on is not held against it by the comparison. */
  beginComparison(): void {
    this.#told.clear();
  }

  /** A list asked for since then shows a change that the watch has not told by now. */
  lags({ revision, entries }: FreshList): boolean {
    const listed = new Map(
      entries.map((entry) => [entry.key.toString("utf8"), Number(entry.mod_revision)]),
    );
    for (const [key, { changedAt }] of this.#known) {
      if (changedAt <= revision && !this.#told.has(key) && !listed.has(key)) return true;
    }
    for (const [key, changedAt] of listed) {
      if (!this.#told.has(key) && this.#known.get(key)?.changedAt !== changedAt) return true;
    }
    return false;
  }

  /** By key. */
  list(): KeyList {
    const entries = [...this.#known]
      .map(([key, { value, epoch }]) => ({ key, value, epoch }))
      .sort((a, b) => (a.key < b.key ? -1 : 1));
    return { revision: this.#revision, entries };
  }
}
