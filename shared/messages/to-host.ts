// What an owner tells the host it runs on: which owned addresses this process hears, and until when.

import type { Address, Send } from "#shared/actor/actor.ts";
import { send } from "#shared/actor/actor.ts";
import type { Fields } from "./fields.ts";

export type ToHost = Own | Disown | ValidUntil;

/** Hear messages to these addresses from now on; their actors begin from their initial state. */
export interface Own {
  readonly kind: "own";
  readonly addresses: readonly Address[];
}

/** Stop hearing them, forget their actors. */
export interface Disown {
  readonly kind: "disown";
  readonly addresses: readonly Address[];
}

/** The lease is good until then on this host's clock: past it, nothing is delivered to an owned address. */
export interface ValidUntil {
  readonly kind: "valid-until";
  readonly atMs: number;
}

export const toHost = (host: Address, message: ToHost): Send => send(host, message);

export const toHostFields: Fields<ToHost> = {
  own: { addresses: "array" },
  disown: { addresses: "array" },
  "valid-until": { atMs: "number" },
};
