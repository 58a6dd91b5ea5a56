// How a door to tenants asks whoever takes adapters in: begin or not, then the body.

import type { Model, Tenant } from "./fleet.ts";
import type { UploadedAdapter } from "./uploaded-adapter.ts";

export interface AdapterDesk {
  /** Before a byte of the body, so that whoever finds no room costs nothing. Rejects where nobody can be asked. */
  begin(wish: UploadWish): Promise<BegunUpload | NotBegun>;
  list(tenant: string): Promise<readonly UploadedAdapter[]>;
  find(tenant: string, name: string): Promise<UploadedAdapter | undefined>;
  /** False: there is none of that name. */
  remove(tenant: string, name: string): Promise<boolean>;
}

export interface UploadWish {
  readonly tenant: Tenant;
  readonly name: string;
  readonly model: Model;
  readonly alpha: number | undefined;
}

/** `no-shape`, `no-uploads`: nobody can bring an adapter for this model; `no-store`: for none. */
export type NotBegun = "busy" | "full" | "no-shape" | "no-store" | "no-uploads" | SpentAllowance;

/** The tenant has begun too many of late. */
export interface SpentAllowance {
  readonly retryAfterMs: number;
}

export interface BegunUpload {
  readonly bytesMax: number;
  /** Reads the body to its end, or to where it is known to be wrong; none of it where that is known before. Once. */
  take(body: AsyncIterable<Uint8Array>): Promise<UploadEnd>;
  /** It is not taken after all. */
  leave(): void;
}

export type UploadEnd =
  | { readonly kind: "ready"; readonly adapter: UploadedAdapter }
  | { readonly kind: "flawed"; readonly flaw: AdapterFlaw }
  | { readonly kind: "exists" }
  /** The operator provides one of that name. */
  | { readonly kind: "operators" }
  | { readonly kind: "full"; readonly adaptersMax: number }
  /** No engine brought a token with it; a sentence on what was seen and what to mend. */
  | { readonly kind: "trial-failed"; readonly reason: string }
  /** No worker had room to try it in time. Nothing was kept. */
  | { readonly kind: "trial-unavailable" }
  /** The object store or this machine does not do its part. */
  | { readonly kind: "failed"; readonly fault: string }
  /** The bytes stopped coming, or it was deleted meanwhile. */
  | { readonly kind: "cut-off"; readonly error: unknown };

/** What is wrong with a file, for whoever made it. */
export interface AdapterFlaw {
  /** For programs. */
  readonly code: string;
  /** `malformed`: it cannot be read. `unfit`: not for this base model, or beyond the tenant's terms. `values`: its weights. */
  readonly kind: "malformed" | "unfit" | "values";
  /** A sentence. */
  readonly message: string;
  /** The tensor or the field at fault, safe to show. */
  readonly at: string | undefined;
}
