// A client's own name for one request, as it travels: the key itself never leaves the edge that read it.

export interface Idempotency {
  /** Digest of the tenant and its client's key. */
  readonly key: string;
  /** Digest of all that decides the output: the same key for something else is an error of the client. */
  readonly body: string;
  /** From 0. A run that was cut off or failed is over, and its bill written: the next is a request of its own. */
  readonly run: number;
}
