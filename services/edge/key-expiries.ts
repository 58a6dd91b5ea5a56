// The moments at which keys expire, told without a new desired state: whoever still has a stream by one of them loses it then.

import type { ApiKey } from "#shared/model/api-key.ts";

/** Node takes a longer wait for none at all. */
const waitMaxMs = 86_400_000;

export class KeyExpiries {
  readonly #onExpired: () => void;
  /** To come, soonest last. */
  #momentsMs: number[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(onExpired: () => void) {
    this.#onExpired = onExpired;
  }

  follow(keys: readonly ApiKey[]): void {
    const nowEpochMs = Date.now();
    const moments = keys.flatMap(({ expiresAtEpochMs, revoked }) =>
      expiresAtEpochMs === undefined || revoked ? [] : [expiresAtEpochMs],
    );
    this.#momentsMs = moments.filter((at) => at > nowEpochMs).toSorted((a, b) => b - a);
    this.#arm(nowEpochMs);
  }

  #arm(nowEpochMs: number): void {
    clearTimeout(this.#timer);
    const next = this.#momentsMs.at(-1);
    if (next === undefined) return;
    this.#timer = setTimeout(() => this.#look(), Math.min(next - nowEpochMs, waitMaxMs)).unref();
  }

  /** A timer may be early by the clock that the moments are of. */
  #look(): void {
    const nowEpochMs = Date.now();
    const before = this.#momentsMs.length;
    while ((this.#momentsMs.at(-1) ?? Infinity) <= nowEpochMs) this.#momentsMs.pop();
    if (this.#momentsMs.length < before) this.#onExpired();
    this.#arm(nowEpochMs);
  }
}
