// Where artefacts lie: bytes under the SHA-256 of their content, and under nothing else. Law: what is read is what the
// digest says, to the last byte, or reading fails; a name that a user chose is part of no key and of no path.

export interface ObjectStore {
  /** Idempotent: what is there already is not written again. `body` is read once, and held back while the store is slow. */
  put(put: PutObject): Promise<void>;
  /** The body fails with `corrupt` where its bytes are not the digest's; what came before must not be used then. */
  get(digest: string): Promise<StoredObject>;
  /** Undefined: it is not there. */
  head(digest: string): Promise<ObjectHead | undefined>;
  /** Idempotent. */
  delete(digest: string): Promise<void>;
  /** The digests of all that is there. Absent where somebody else's objects may lie beside ours. */
  list?(): Promise<readonly string[]>;
}

export interface PutObject {
  readonly digest: string;
  /** Exactly so many. */
  readonly bytes: number;
  readonly body: AsyncIterable<Uint8Array>;
}

export interface ObjectHead {
  readonly bytes: number;
}

export interface StoredObject extends ObjectHead {
  readonly body: AsyncIterable<Uint8Array>;
}

/**
 * `missing`: there is no such object. `down`: the store cannot be reached, or fails. `slow`: it answers, but not in time.
 * `corrupt`: the bytes are not those of the digest. `denied`: it does not accept our credentials. `too-large`: more than an object may have.
 */
export type ObjectFaultKind = "missing" | "down" | "slow" | "corrupt" | "denied" | "too-large";

/** All that a store rejects with, and all that a body fails with. */
export class ObjectFault extends Error {
  readonly kind: ObjectFaultKind;

  constructor(kind: ObjectFaultKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "ObjectFault";
    this.kind = kind;
  }
}

/** The largest adapters that are served are a tenth of this. */
export const objectBytesMax: number = 8 * 1024 ** 3;

export const digestForm: RegExp = /^[0-9a-f]{64}$/;

/** Before it becomes a key: anything else is a bug of ours, never a user's doing. */
export function assertDigest(digest: string): void {
  if (!digestForm.test(digest))
    throw new TypeError("an object's key is a SHA-256 in lower-case hex");
}

export function assertSize(bytes: number): void {
  if (!Number.isSafeInteger(bytes) || bytes < 0) throw new TypeError("an object has a size");
  if (bytes > objectBytesMax) {
    throw new ObjectFault("too-large", `an object has at most ${objectBytesMax} bytes`);
  }
}
