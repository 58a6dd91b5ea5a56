// What a worker hears about bills that it may have to write, because nobody else is left to.

import type { EdgeId, RequestId } from "#shared/model/ids.ts";

/** A session's own account, at its end: how its client's output ended, and how much of it is billed. */
export interface LastWord {
  /** `stop`, `length`, or the code of the refusal. */
  readonly outcome: string;
  readonly billedTokens: number;
}

/** An edge is registered no more, or in another life: what its sessions had not handed over is gone. From the owner of this worker's process. */
export interface EdgeLost {
  readonly kind: "edge-lost";
  readonly edge: EdgeId;
}

/** Answer to `claim-bill`: whether the worker is to write the request's bill. Not if somebody goes on with the request. */
export interface BillAnswered {
  readonly kind: "bill-answered";
  readonly requestId: RequestId;
  readonly attempt: number;
  readonly isGiven: boolean;
}
