// What a worker hears about bills that it may have to write, because nobody else is left to.

import type { EdgeId, RequestId } from "#shared/model/ids.ts";

/** A session's own account, at its end: how its client's output ended, and how much of it is billed. */
export interface LastWord {
  /** `stop`, `length`, or the code of the refusal. */
  readonly outcome: string;
  readonly billedTokens: number;
}

/**
 * All edges that are registered, and under which epoch. One that is missing, or registered anew since, may have died with what its sessions had not
 * handed over. From the owner of this worker's process, with each list that it hears.
 */
export interface EdgesRegistered {
  readonly kind: "edges-registered";
  readonly edges: readonly { readonly edge: EdgeId; readonly epoch: number }[];
}

/** Answer to `claim-bill`: whether the worker is to write the request's bill. Not if somebody goes on with the request, or may: then it asks on for a while. */
export interface BillAnswered {
  readonly kind: "bill-answered";
  readonly requestId: RequestId;
  readonly attempt: number;
  readonly isGiven: boolean;
}
