// Who was in flight when engines died, kept for some minutes under a key that tells nothing of the prompt: the tenant is
// hashed in with it, so that no two tenants share a key, and only who has guessed a whole prompt could find it there. Each
// crash counts once, however often it is told. A key hangs on a lease of its own: with that it is forgotten.

import { createHash } from "node:crypto";
import type { NoteSuspects, Suspect } from "#shared/messages/to-coordination.ts";
import type { SuspicionStanding } from "#shared/model/suspicion.ts";
import { crashedAgain } from "#shared/model/suspicion.ts";
import type { SuspectIdentity } from "#shared/model/suspicion.ts";
import type { Coordination, KeyList } from "./coordination.ts";

export const suspectPrefix = "/suspect/";
/** From its last crash. */
export const suspectedForMs = 600_000;
/** Suspects of several crashes at once may change a record between our reading and our writing. */
const swapsMax = 4;
/** A batch is no larger on any engine; and what an edge keeps in mind. */
const suspectsPerCrashMax = 1024;
const suspectsAtOnce = 8;
const suspectsKnownMax = 65_536;

interface SuspectRecord extends SuspicionStanding {
  readonly tenant: string;
  /** Its crashes, newest last: who tells one again changes nothing. */
  readonly told: readonly string[];
  readonly lease: string;
}

/** Length-framed, so that no two identities share a text. */
export function suspectDigest(identity: SuspectIdentity): string {
  const { tenant, namespace, promptDigest, parameters } = identity;
  const hash = createHash("sha256");
  for (const part of ["fairlead suspect 1", tenant, namespace, promptDigest, parameters]) {
    hash.update(`${Buffer.byteLength(part)}:${part}`);
  }
  return hash.digest("hex");
}

const keyOf = (digest: string): string => `${suspectPrefix}${digest}`;

type Store = Pick<Coordination, "get" | "put" | "grantLease" | "revokeLease">;

type Tell<Outcome> = (outcome: Outcome) => void;

/**
 * Tells true once all of them are kept. A few at a time: a batch that died is not to crowd the leases out. Without a promise, as
 * all that asks the store for an actor: a simulated world has no turn of the event loop to wait for.
 */
export function noteSuspects(
  store: Store,
  { crash, suspects }: NoteSuspects,
  tell: Tell<boolean>,
): void {
  const all = suspects.slice(0, suspectsPerCrashMax);
  let areKept = true;
  const noteFrom = (at: number): void => {
    const some = all.slice(at, at + suspectsAtOnce);
    if (some.length === 0) return tell(areKept);
    let unanswered = some.length;
    for (const suspect of some) {
      noteSuspect(store, { key: keyOf(suspectDigest(suspect)), crash, suspect }, (isKept) => {
        areKept &&= isKept;
        if (--unanswered === 0) noteFrom(at + suspectsAtOnce);
      });
    }
  };
  noteFrom(0);
}

interface Telling {
  readonly key: string;
  readonly crash: string;
  readonly suspect: Suspect;
}

function noteSuspect(store: Store, telling: Telling, tell: Tell<boolean>): void {
  readText(store, telling.key, (read) => {
    if (read === "unknown" || isTold(read, telling)) return tell(read !== "unknown");
    store.grantLease(suspectedForMs, (granted) => {
      if (granted.kind !== "granted") return tell(false);
      const { lease } = granted;
      swapFrom(store, { ...telling, lease, read, swapsLeft: swapsMax }, (isKept, isWritten) => {
        if (!isWritten) store.revokeLease(lease, () => {});
        tell(isKept);
      });
    });
  });
}

const isTold = (read: Read, { crash }: Telling): boolean =>
  read !== "unknown" && recordOf(read.text)?.told.includes(crash) === true;

interface Swapping extends Telling {
  readonly lease: string;
  readonly read: Read;
  readonly swapsLeft: number;
}

/** Kept, though perhaps written by another who told the same. */
type TellSwapped = (isKept: boolean, isWritten: boolean) => void;

function swapFrom(store: Store, swapping: Swapping, tell: TellSwapped): void {
  const { key, lease, read, swapsLeft } = swapping;
  if (read === "unknown" || swapsLeft === 0 || isTold(read, swapping)) {
    return tell(isTold(read, swapping), false);
  }
  const { text } = read;
  const put = {
    key,
    value: JSON.stringify(recordWith(recordOf(text), swapping)),
    lease,
    expected: text === undefined ? {} : { value: text },
  };
  store.put(put, (outcome) => {
    if (outcome.kind === "put") return tell(true, true);
    const now: Read = outcome.kind === "differs" ? { text: outcome.value } : "unknown";
    swapFrom(store, { ...swapping, read: now, swapsLeft: swapsLeft - 1 }, tell);
  });
}

const toldMax = 8;

function recordWith(
  standing: SuspectRecord | undefined,
  { crash, suspect, lease }: Swapping,
): SuspectRecord {
  const told = [...(standing?.told ?? []), crash].slice(-toldMax);
  return { ...crashedAgain(standing, suspect), tenant: suspect.tenant, told, lease };
}

/** Innocent, or to be tried again. Tells true when nothing is held against it any more. */
export function acquitSuspect(store: Store, digest: string, tell: Tell<boolean>): void {
  readText(store, keyOf(digest), (read) => {
    if (read === "unknown") return tell(false);
    const standing = recordOf(read.text);
    if (standing === undefined) return tell(true);
    store.revokeLease(standing.lease, ({ kind }) => tell(kind === "revoked"));
  });
}

/** What is held against whom, by digest, as the store last told. */
export class KnownSuspects {
  #byDigest = new Map<string, SuspicionStanding>();
  readonly #stop: () => void;

  constructor(store: Pick<Coordination, "watch">) {
    this.#stop = store.watch(suspectPrefix, (list) => {
      this.#byDigest = standingsOf(list);
    });
  }

  /** Cheap while nobody is suspected, which is nearly always. */
  of(identity: () => SuspectIdentity): SuspicionStanding | undefined {
    if (this.#byDigest.size === 0) return undefined;
    return this.#byDigest.get(suspectDigest(identity()));
  }

  stop(): void {
    this.#stop();
  }
}

function standingsOf({ entries }: KeyList): Map<string, SuspicionStanding> {
  const standings = new Map<string, SuspicionStanding>();
  for (const { key, value } of entries.slice(0, suspectsKnownMax)) {
    const record = recordOf(value);
    if (record !== undefined) standings.set(key.slice(suspectPrefix.length), record);
  }
  return standings;
}

type Read = { readonly text: string | undefined } | "unknown";

function readText(store: Store, key: string, tell: Tell<Read>): void {
  store.get(key, (got) => {
    if (got.kind === "unknown") tell("unknown");
    else tell({ text: got.kind === "found" ? got.value : undefined });
  });
}

/** A damaged record holds nothing against anybody: the next crash writes it anew. */
function recordOf(value: string | undefined): SuspectRecord | undefined {
  if (value === undefined) return undefined;
  try {
    const record = JSON.parse(value) as SuspectRecord;
    return Array.isArray(record.told) && typeof record.lease === "string" ? record : undefined;
  } catch {
    return undefined;
  }
}
