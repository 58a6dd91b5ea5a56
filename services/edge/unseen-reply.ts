// The reply of a request that no client made: what it says is kept, up to a bound, for whoever asked for it.

import type { Completed, Output } from "#shared/messages/to-client.ts";
import type { Refusal } from "#shared/model/refusal.ts";
import type { Reply } from "./client-calls.ts";

const charactersMax = 16_384;

export class UnseenReply implements Reply {
  /** Once. A fault: there is no whole output, and why. */
  readonly #onEnd: (output: string, fault: string | undefined) => void;
  #output = "";

  constructor(onEnd: (output: string, fault: string | undefined) => void) {
    this.#onEnd = onEnd;
  }

  admitted(): void {}

  output({ text }: Output): boolean {
    if (this.#output.length < charactersMax) this.#output += text;
    return true;
  }

  bufferedBytes(): number {
    return 0;
  }

  complete(_completed: Completed): void {
    this.#onEnd(this.#output.slice(0, charactersMax), undefined);
  }

  fail({ code, message }: Refusal): void {
    this.#onEnd("", `${code}: ${message}`);
  }
}
