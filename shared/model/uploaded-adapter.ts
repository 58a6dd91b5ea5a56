// An adapter that a tenant brought, and what becomes of it.

export interface UploadedAdapter {
  readonly tenant: string;
  /** A tenant's own: each has one of a name. */
  readonly name: string;
  readonly model: string;
  readonly digest: string;
  readonly bytes: number;
  readonly format: "safetensors" | "gguf";
  /** The largest of its pairs. */
  readonly rank: number;
  readonly alpha: number;
  readonly modules: readonly string[];
  /**
   * `validated`: its bytes were found right, and are being stored. `trying`: they are stored, and a worker is asked to run it.
   * `ready`: it can be called.
   */
  readonly status: "validated" | "trying" | "ready" | "rejected";
  /** A worker has brought a token with it. False of a ready one: it is from before adapters were tried. */
  readonly tried: boolean;
  /** Why it was rejected. */
  readonly reason?: string;
  readonly createdAtEpochS: number;
}

export type NewAdapter = Omit<UploadedAdapter, "status" | "tried" | "reason" | "createdAtEpochS">;

export type AdapterBegun = "begun" | "exists" | "full";

export interface AdapterEnd {
  readonly status: "ready" | "rejected";
  readonly reason?: string;
}

export interface AdapterRemoved {
  /** Nobody's adapter has these bytes now, the operator's neither. */
  readonly isLast: boolean;
  /** Of the desired state without it. */
  readonly version: number;
}

/** Where they are kept, as whoever takes them in asks it. */
export interface AdapterShelf {
  list(tenant: string): Promise<readonly UploadedAdapter[]>;
  find(named: NamedAdapter): Promise<UploadedAdapter | undefined>;
  /** Its file was found right. `full`: the tenant has as many as it may have. */
  begin(adapter: NewAdapter, adaptersMax: number): Promise<AdapterBegun>;
  /** Its bytes are stored: the desired state has it for the trials' account alone. Undefined: it is not there any more. */
  try(kept: KeptAdapter): Promise<number | undefined>;
  /** Ready only from a trial. Resolves with the version of the desired state that has it. Undefined: it is not there any more. */
  settle(kept: KeptAdapter, end: AdapterEnd): Promise<number | undefined>;
  /** Undefined: there is none. */
  remove(kept: KeptAdapter): Promise<AdapterRemoved | undefined>;
  /** Whether anybody's adapter has these bytes, a tenant's or the operator's. */
  hasBytes(digest: string): Promise<boolean>;
  /** Whose storing or trial was cut off. */
  unsettled(): Promise<readonly UploadedAdapter[]>;
}

export type NamedAdapter = Pick<UploadedAdapter, "tenant" | "name">;

/** One and no other: under the same name its tenant may bring other bytes meanwhile, and those are another adapter. */
export type KeptAdapter = Pick<UploadedAdapter, "tenant" | "name" | "digest">;
