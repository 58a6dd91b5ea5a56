// What the store in memory keeps: keys, leases, and who watches.

import type { KeyList } from "./coordination.ts";

export interface StoredKey {
  readonly value: string;
  readonly epoch: number;
  /** Empty: hangs on none. */
  readonly lease: string;
}

export interface MemoryLease {
  readonly ttlMs: number;
  expiresAtMs: number;
  readonly keys: Set<string>;
  cancelExpiry: () => void;
}

export interface MemoryWatcher {
  readonly prefix: string;
  readonly onKeys: (list: KeyList) => void;
  /** A list is on its way: changes until then are in it. */
  isDue: boolean;
  isStopped: boolean;
  /** Interrupted: hears nothing before. */
  blindUntilMs: number;
}
