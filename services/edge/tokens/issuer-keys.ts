// One issuer's public keys as this edge knows them. They are asked for once at a time and never once per token: a key that nobody
// knows costs a question only now and then. While the issuer is away its last keys serve for a bounded time, and then nobody's. Times here are of a clock that nobody sets.

import type { JSONWebKeySet } from "jose";
import { createLocalJWKSet } from "jose";
import type { FetchJwks } from "./fetch-jwks.ts";

export interface KeySet {
  readonly find: ReturnType<typeof createLocalJWKSet>;
  /** By `kid` all keys of that name as one text, for an issuer may have several, of different types: another text is other keys. */
  readonly keys: ReadonlyMap<string, string>;
}

export type Found = KeySet | "unknown-key" | "unavailable";

/** A key that its issuer took back is taken here for at most so long, if the issuer can be reached. */
const freshMs = 300_000;
/** With an issuer that cannot be reached. */
const staleMs = 3_600_000;
/** Between two questions, while keys are at hand. */
const refreshEveryMs = 10_000;
/** Between two questions for a key that is not at hand: so late is a new key known at the worst. */
const askEveryMs = 2_000;
/** So long nobody asks again for a key that the issuer did not have. */
const unknownMs = 10_000;
const unknownMax = 256;
const kidLengthMax = 256;
/** Calls that wait for one issuer: a slow one takes no other's place. */
const waitingMax = 500;

export class IssuerKeys {
  readonly #ask: () => Promise<JSONWebKeySet>;
  readonly #onFailure: (error: unknown) => void;
  #set: KeySet | undefined;
  #fetchedAtMs = -Infinity;
  #askedAtMs = -Infinity;
  #isFailing = false;
  #asking: Promise<void> | undefined;
  #waiting = 0;
  /** Until when, by `kid`. */
  readonly #unknown = new Map<string, number>();

  constructor(url: string, fetchJwks: FetchJwks, onFailure: (error: unknown) => void) {
    this.#ask = () => fetchJwks(url);
    this.#onFailure = onFailure;
  }

  /** Keys that may be used now. Undefined: none are known, or nobody has confirmed them for too long. */
  standing(nowMs: number): KeySet | undefined {
    const ageMs = nowMs - this.#fetchedAtMs;
    if (ageMs >= freshMs && nowMs - this.#askedAtMs >= refreshEveryMs) void this.#refresh(nowMs);
    return ageMs < staleMs ? this.#set : undefined;
  }

  /** Keys with that one among them; without a `kid`, all. */
  async find(kid: string | undefined, nowMs: number): Promise<Found> {
    const standing = this.standing(nowMs);
    if (standing !== undefined && knows(standing, kid)) return standing;
    if (!this.#mayAsk(kid, standing, nowMs)) return this.#missing();
    if (this.#waiting >= waitingMax) return "unavailable";
    this.#waiting += 1;
    await this.#refresh(nowMs);
    this.#waiting -= 1;
    const newest = this.standing(nowMs);
    if (newest !== undefined && knows(newest, kid)) return newest;
    if (!this.#isFailing && kid !== undefined) this.#remember(kid, nowMs);
    return this.#missing();
  }

  #missing(): "unknown-key" | "unavailable" {
    return this.#isFailing || this.#set === undefined ? "unavailable" : "unknown-key";
  }

  #mayAsk(kid: string | undefined, standing: KeySet | undefined, nowMs: number): boolean {
    if (this.#asking !== undefined) return true;
    if (nowMs - this.#askedAtMs < askEveryMs) return false;
    if (standing === undefined || kid === undefined) return true;
    return kid.length <= kidLengthMax && (this.#unknown.get(kid) ?? 0) <= nowMs;
  }

  #remember(kid: string, nowMs: number): void {
    if (kid.length > kidLengthMax) return;
    this.#unknown.delete(kid);
    this.#unknown.set(kid, nowMs + unknownMs);
    const [oldest] = this.#unknown.keys();
    if (this.#unknown.size > unknownMax && oldest !== undefined) this.#unknown.delete(oldest);
  }

  /** Whoever comes while a question is open waits for its answer. */
  #refresh(nowMs: number): Promise<void> {
    this.#asking ??= this.#refreshOnce(nowMs).finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  async #refreshOnce(nowMs: number): Promise<void> {
    this.#askedAtMs = nowMs;
    try {
      const jwks = await this.#ask();
      this.#set = { find: createLocalJWKSet(jwks), keys: textsOf(jwks) };
      this.#fetchedAtMs = nowMs;
      this.#isFailing = false;
    } catch (error) {
      this.#isFailing = true;
      this.#onFailure(error);
    }
  }
}

const knows = ({ keys }: KeySet, kid: string | undefined): boolean =>
  kid === undefined || keys.has(kid);

function textsOf({ keys }: JSONWebKeySet): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  for (const key of keys) {
    if (key.kid === undefined) continue;
    texts.set(key.kid, `${texts.get(key.kid) ?? ""}${JSON.stringify(key)}\n`);
  }
  return texts;
}
