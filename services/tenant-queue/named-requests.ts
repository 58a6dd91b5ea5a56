// Requests that their clients have named, by the digest of the name: of those that ask under one name the first runs, and
// the others learn where. Held longer than any output is: so a name that is spent stays spent.

import { AgedMap } from "#shared/actor/aged-map.ts";
import type { EndedNamed } from "#shared/messages/ended-named.ts";
import type { Finished } from "#shared/messages/to-tenant-queue.ts";
import type { RanOn } from "#shared/messages/to-session.ts";
import type { Idempotency } from "#shared/model/idempotency.ts";
import type { RequestId } from "#shared/model/ids.ts";

export interface NamedRequest extends Idempotency {
  /** The one that runs, or ran last, under the name. */
  readonly requestId: RequestId;
  readonly atMs: number;
  /** The highest that is known. */
  attempt: number;
  /** `served`: its client was given all of it, for good. `cut`: it ended otherwise, and its bill is written. */
  end: "served" | "cut" | undefined;
  /** Where it ran last, once it is over. */
  ranOn: RanOn | undefined;
  /** How often its output was asked for again. */
  repeats: number;
}

/** In order of their first being heard of. */
export type NamedRequests = AgedMap<string, NamedRequest>;

/** As long as the field promises for such keys. */
const rememberedMs = 86_400_000;
/** Of a few hundred bytes each. The oldest is forgotten then. */
const rememberedMax = 4096;

export const noNamedRequests = (): NamedRequests => new AgedMap();

/** A request that is admitted, restored or found running. */
export function rememberNamed(
  named: NamedRequests,
  request: {
    readonly requestId: RequestId;
    readonly attempt: number;
    readonly idempotency?: Idempotency | undefined;
  },
  nowMs: number,
): void {
  const { requestId, attempt, idempotency } = request;
  if (idempotency === undefined) return;
  const known = named.get(idempotency.key);
  if (known?.requestId === requestId) {
    known.attempt = Math.max(known.attempt, attempt);
    if (known.end === "cut") known.end = undefined;
    known.ranOn = undefined;
    return;
  }
  // What an earlier run was is past; what is found running of it changes nothing.
  if (known !== undefined && known.run > idempotency.run) return;
  const { key, body, run } = idempotency;
  const fresh = { end: undefined, ranOn: undefined, repeats: 0 };
  named.set(key, { key, body, run, requestId, attempt, atMs: nowMs, ...fresh });
  while (named.size > rememberedMax) {
    const [oldest = key] = named.oldest() ?? [];
    named.delete(oldest);
  }
}

export function recallNamed(
  named: NamedRequests,
  key: string,
  nowMs: number,
): NamedRequest | undefined {
  const known = named.get(key);
  return known === undefined || known.atMs + rememberedMs <= nowMs ? undefined : known;
}

export function noteNamedEnd(
  named: NamedRequests,
  {
    requestId,
    attempt,
    idempotency,
    ranOn,
  }: {
    readonly requestId: RequestId;
    readonly attempt: number;
    readonly idempotency: Idempotency | undefined;
    readonly ranOn?: RanOn | undefined;
  },
  end: "served" | "cut",
): void {
  const known = idempotency === undefined ? undefined : named.get(idempotency.key);
  if (known?.requestId !== requestId) return;
  known.attempt = Math.max(known.attempt, attempt);
  if (known.end !== "served") known.end = end;
  known.ranOn = ranOn?.attempt === attempt ? ranOn : undefined;
}

/** By the word of an edge, to an owner that was not there. What has a session the session tells. */
export function learnEnded(
  named: NamedRequests,
  ended: readonly EndedNamed[],
  nowMs: number,
): void {
  for (const each of ended) {
    const known = named.get(each.idempotency.key);
    if (known?.requestId !== each.requestId) rememberNamed(named, each, nowMs);
    noteNamedEnd(named, each, each.isServed ? "served" : "cut");
  }
}

/** By the last word of a session that this owner does not hold. */
export function learnFinished(
  named: NamedRequests,
  { requestId, attempt, idempotency, isServed = false }: Finished,
  nowMs: number,
): void {
  if (idempotency === undefined) return;
  learnEnded(named, [{ requestId, attempt, idempotency, isServed }], nowMs);
}
