// Which bands have had less than their floor, a share of what the whole pool executed in the last 10 s: such a band goes
// first, and what runs of it is not preempted from above, so nothing starves below. Laws: what is promised counts as
// if it had run, so a floor is never overdrawn by more than one request; others' service counts from when the band
// began to wait, so that it saves nothing up while it asks for nothing. Integers, µcost.

const windowMs = 10_000;
const bucketMs = 500;
const buckets = windowMs / bucketMs;

interface BandService {
  floorPercent: number;
  /** When it last began to wait. */
  sinceMs: number;
  /** Charged ahead and not executed. */
  promised: number;
  /** Executed, by half seconds; a ring. */
  readonly executed: number[];
}

export class BandFloors {
  readonly #bands: Map<number, BandService> = new Map();
  /** The half second that is under way. */
  #bucket = 0;

  /** The newest word counts: all tiers of a band say the same. */
  setFloor(band: number, floorPercent: number): void {
    this.#band(band).floorPercent = floorPercent;
  }

  beganToWait(band: number, nowMs: number): void {
    this.#band(band).sinceMs = nowMs;
  }

  /** More has been promised, or, below 0, less. */
  promised(band: number, cost: number): void {
    this.#band(band).promised += cost;
  }

  executed(band: number, cost: number, nowMs: number): void {
    this.#passTo(nowMs);
    const { executed } = this.#band(band);
    const place = this.#bucket % buckets;
    executed[place] = (executed[place] ?? 0) + cost;
  }

  /** `without`: µcost still promised to a request that is thought away. */
  isBelow(band: number, nowMs: number, without: number = 0): boolean {
    const service = this.#band(band);
    if (service.floorPercent <= 0) return false;
    this.#passTo(nowMs);
    const own = executedSince(service, 0, this.#bucket) + service.promised - without;
    let others = 0;
    const from = Math.floor(service.sinceMs / bucketMs);
    for (const other of this.#bands.values()) {
      if (other !== service) others += executedSince(other, from, this.#bucket) + other.promised;
    }
    return own * 100 < (own + others) * service.floorPercent;
  }

  #band(number: number): BandService {
    const known = this.#bands.get(number);
    if (known !== undefined) return known;
    const service: BandService = {
      floorPercent: 0,
      sinceMs: 0,
      promised: 0,
      executed: Array.from({ length: buckets }, () => 0),
    };
    this.#bands.set(number, service);
    return service;
  }

  #passTo(nowMs: number): void {
    const bucket = Math.floor(nowMs / bucketMs);
    if (bucket <= this.#bucket) return;
    const passed = Math.min(bucket - this.#bucket, buckets);
    for (const { executed } of this.#bands.values()) {
      for (let ago = 0; ago < passed; ago++) executed[(bucket - ago) % buckets] = 0;
    }
    this.#bucket = bucket;
  }
}

function executedSince({ executed }: BandService, from: number, now: number): number {
  let cost = 0;
  for (let bucket = Math.max(from, now - buckets + 1, 0); bucket <= now; bucket++) {
    cost += executed[bucket % buckets] ?? 0;
  }
  return cost;
}
