// How a message travels between processes: protocol version, sender, receiver, message, packed with msgpackr.
// Whatever bytes arrive, unpacking answers; it never throws, and only what the guard lets through is a message.

import { Packr } from "msgpackr";
import type { Address } from "#shared/actor/actor.ts";
import { kindOf } from "#shared/messages/addresses.ts";
import { checkMessage } from "#shared/messages/guard.ts";

/** Raised by a changed meaning or a new required field; a new kind or optional field keeps it. */
export const protocolVersion = 2;

export interface Envelope {
  readonly from: Address;
  readonly to: Address;
  readonly message: unknown;
}

export type Unpacked =
  | ({ readonly kind: "message" } & Envelope)
  | { readonly kind: "malformed"; readonly reason: string };

// The one instance: records would need state shared between processes. Byte fields are copied, because a
// receiver may keep a message longer than the network's buffer lives.
const packr = new Packr({ useRecords: false, copyBuffers: true, int64AsType: "number" });

export const packEnvelope = ({ from, to, message }: Envelope): Uint8Array =>
  packr.pack([protocolVersion, from, to, message]);

export function unpackEnvelope(bytes: Uint8Array): Unpacked {
  let unpacked: unknown;
  try {
    unpacked = packr.unpack(bytes);
  } catch {
    return malformed("does not unpack");
  }
  if (!Array.isArray(unpacked) || unpacked.length !== 4) return malformed("not an envelope");
  const [version, from, to, message] = unpacked as readonly unknown[];
  if (version !== protocolVersion) return malformed(`protocol version ${versionText(version)}`);
  if (!isAddress(from)) return malformed("no sender");
  if (!isAddress(to)) return malformed("no receiver");
  const reason = checkMessage(kindOf(to), message);
  return reason === undefined ? { kind: "message", from, to, message } : malformed(reason);
}

const malformed = (reason: string): Unpacked => ({ kind: "malformed", reason });

const versionText = (version: unknown): string =>
  typeof version === "number" ? `${version}` : "unknown";

const addressCharactersMax = 512;

const isAddress = (value: unknown): value is Address =>
  typeof value === "string" && value.length > 0 && value.length <= addressCharactersMax;
