// What an outbox tells the disk of its process. Done in order.

import type { Address, Send } from "#shared/actor/actor.ts";
import { send } from "#shared/actor/actor.ts";
import type { KeptEntry } from "#shared/model/kept-entry.ts";
import type { Fields } from "./fields.ts";

export type ToDisk = Open | Append | Sync | Remove;

/** Read everything that is there. Answered by `opened`, or by `disk-failed` of this number. */
export interface Open {
  readonly kind: "open";
  readonly opening: number;
}

/** Add these to the end of a file, which is made if it is not there. Not answered: the `sync` that follows is. */
export interface Append {
  readonly kind: "append";
  readonly file: number;
  readonly entries: readonly KeptEntry[];
}

/** Make durable what was appended to the file. Answered by `synced`, or by `disk-failed` when this or an append before it failed. */
export interface Sync {
  readonly kind: "sync";
  readonly file: number;
  readonly commit: number;
}

/** These are not needed any more. Not answered: one that stays is read again, which does no harm. */
export interface Remove {
  readonly kind: "remove";
  readonly files: readonly number[];
}

export const toDisk = (disk: Address, message: ToDisk): Send => send(disk, message);

export const toDiskFields: Fields<ToDisk> = {
  open: { opening: "number" },
  append: { file: "number", entries: "array" },
  sync: { file: "number", commit: "number" },
  remove: { files: "array" },
};
