// The identities that every message carries. Strings on the wire; brands only keep them apart in the compiler.

/** 128 bits, 32 lower-case hex digits, made by the edge. Never a client's id. */
export type RequestId = string & { readonly __brand: "RequestId" };
/** `[a-z0-9-]{1,63}`, from the registry. */
export type TenantId = string & { readonly __brand: "TenantId" };
/** `[a-z0-9.-]{1,63}`: one (model version, region, class). */
export type PoolId = string & { readonly __brand: "PoolId" };
export type WorkerId = string & { readonly __brand: "WorkerId" };
export type EdgeId = string & { readonly __brand: "EdgeId" };
/** A machine that carries workers; its adapter cache is shared by them. */
export type WorkerHostId = string & { readonly __brand: "WorkerHostId" };
/** SHA-256 of the adapter's content, lower-case hex. The empty string means the base model. */
export type AdapterDigest = string & { readonly __brand: "AdapterDigest" };

/** The base model without an adapter. */
export const baseModel: AdapterDigest = "" as AdapterDigest;

/** One run of a request on a worker. Bookings, pins and engine sequences are keyed by it. */
export function attemptKey(requestId: RequestId, attempt: number): string {
  return `${requestId}.${attempt}`;
}
