// Who was in flight when engines died, kept for some minutes under a key that tells nothing of the prompt: the tenant is
// hashed in with it, so that no two tenants share a key, and only who has guessed a whole prompt could find it there. Each
// crash counts once, however often it is told. A key hangs on a lease of its own: with that it is forgotten.

import { createHash } from "node:crypto";
import type { Acquit, NoteSuspects, Suspect } from "#shared/messages/to-coordination.ts";
import type { SuspicionStanding } from "#shared/model/suspicion.ts";
import { crashedAgain } from "#shared/model/suspicion.ts";
import type { SuspectIdentity } from "#shared/model/suspicion.ts";
import type {
  Coordination,
  GetOutcome,
  KeyList,
  LeaseGrant,
  PutOutcome,
  Unknown,
} from "./coordination.ts";

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

/** True once all of them are kept. A few at a time: a batch that died is not to crowd the leases out. */
export async function noteSuspects(store: Store, message: NoteSuspects): Promise<boolean> {
  const suspects = message.suspects.slice(0, suspectsPerCrashMax);
  let areKept = true;
  for (let at = 0; at < suspects.length; at += suspectsAtOnce) {
    const some = suspects.slice(at, at + suspectsAtOnce);
    const kept = await Promise.all(some.map((one) => noteSuspect(store, message.crash, one)));
    areKept &&= kept.every((isKept) => isKept);
  }
  return areKept;
}

async function noteSuspect(store: Store, crash: string, suspect: Suspect): Promise<boolean> {
  const key = keyOf(suspectDigest(suspect));
  const got = await valueOf(store, key);
  const isTold = (value: Read): boolean =>
    value !== "unknown" && recordOf(value.text)?.told.includes(crash) === true;
  if (got === "unknown" || isTold(got)) return got !== "unknown";
  const lease = await leaseFrom(store);
  if (lease === undefined) return false;
  let value: Read = got;
  for (let swap = 0; swap < swapsMax && value !== "unknown" && !isTold(value); swap++) {
    const outcome: Read | "put" = await swapRecord(store, value.text, {
      key,
      lease,
      crash,
      suspect,
    });
    if (outcome === "put") return true;
    value = outcome;
  }
  store.revokeLease(lease, () => {});
  return isTold(value);
}

interface Telling {
  readonly key: string;
  readonly lease: string;
  readonly crash: string;
  readonly suspect: Suspect;
}

/** What stands there instead, if it is not what was expected. */
async function swapRecord(
  store: Store,
  expected: string | undefined,
  { key, lease, crash, suspect }: Telling,
): Promise<Read | "put"> {
  const standing = recordOf(expected);
  const told = [...(standing?.told ?? []), crash].slice(-toldMax);
  const { tenant } = suspect;
  const record: SuspectRecord = { ...crashedAgain(standing, suspect), tenant, told, lease };
  const put = await putTo(store, {
    key,
    value: JSON.stringify(record),
    lease,
    expected: expected === undefined ? {} : { value: expected },
  });
  if (put.kind === "put") return "put";
  return put.kind === "differs" ? { text: put.value } : "unknown";
}

const toldMax = 8;

/** Innocent, or to be tried again. True: nothing is held against it any more. */
export async function acquitSuspect(store: Store, digest: string): Promise<boolean> {
  const value = await valueOf(store, keyOf(digest));
  if (value === "unknown") return false;
  const standing = recordOf(value.text);
  if (standing === undefined) return true;
  return new Promise((resolve) =>
    store.revokeLease(standing.lease, ({ kind }) => resolve(kind === "revoked")),
  );
}

export const acquitted = (store: Store, message: Acquit): Promise<boolean> =>
  acquitSuspect(store, suspectDigest(message));

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

async function valueOf(store: Store, key: string): Promise<Read> {
  const got = await new Promise<GetOutcome | Unknown>((answer) => store.get(key, answer));
  if (got.kind === "unknown") return "unknown";
  return { text: got.kind === "found" ? got.value : undefined };
}

const putTo = (
  store: Store,
  question: Parameters<Coordination["put"]>[0],
): Promise<PutOutcome | Unknown> => new Promise((answer) => store.put(question, answer));

async function leaseFrom(store: Store): Promise<string | undefined> {
  const granted = await new Promise<LeaseGrant | Unknown>((answer) =>
    store.grantLease(suspectedForMs, answer),
  );
  return granted.kind === "granted" ? granted.lease : undefined;
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
