// How much of reading on one tenant may do at one edge: so many at once, and so many a second. It takes no place and
// counts against none of the tenant's limits, so without a bound of its own one tenant could take the edge from all.

import type { TenantId } from "#shared/model/ids.ts";

/** As many at once as the tenant may have streams running, but no more than this: it all comes from one edge. */
const atOnceMax = 256;
/** Beyond a burst of as many as may be at once. */
const perSecond = 32;
/** Above as many tenants as read on at the same time; those at rest are forgotten. */
const tenantsMax = 1024;

interface Reader {
  open: number;
  /** Left of the burst, at `atMs`. */
  burst: number;
  atMs: number;
}

export class ResumeAllowance {
  readonly #nowMs: () => number;
  readonly #readers: Map<TenantId, Reader> = new Map();

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** 0: taken, and to be released once. Else how long to wait before the next try. `streamsMax`: the tenant's own limit. */
  take(tenant: TenantId, streamsMax: number): number {
    const nowMs = this.#nowMs();
    const most = Math.min(streamsMax, atOnceMax);
    const reader = this.#readerOf(tenant, most, nowMs);
    reader.burst = Math.min(most, reader.burst + ((nowMs - reader.atMs) * perSecond) / 1000);
    reader.atMs = nowMs;
    if (reader.open >= most) return 1000;
    if (reader.burst < 1) return Math.ceil(((1 - reader.burst) * 1000) / perSecond);
    reader.burst -= 1;
    reader.open += 1;
    return 0;
  }

  /** Its reply is written, or its client gone. */
  release(tenant: TenantId): void {
    const reader = this.#readers.get(tenant);
    if (reader !== undefined) reader.open -= 1;
  }

  #readerOf(tenant: TenantId, most: number, nowMs: number): Reader {
    const known = this.#readers.get(tenant);
    if (known !== undefined) return known;
    if (this.#readers.size >= tenantsMax) this.#forgetThoseAtRest(nowMs);
    const reader = { open: 0, burst: most, atMs: nowMs };
    this.#readers.set(tenant, reader);
    return reader;
  }

  #forgetThoseAtRest(nowMs: number): void {
    const wholeAgainMs = (atOnceMax * 1000) / perSecond;
    for (const [tenant, { open, atMs }] of this.#readers) {
      if (open === 0 && nowMs - atMs >= wholeAgainMs) this.#readers.delete(tenant);
    }
  }
}
