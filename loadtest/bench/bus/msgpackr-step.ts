// A step's tokens as one message in the bus's envelope: packed with the same settings, each session's part checked as
// the bus checks a message.

import { Packr } from "msgpackr";
import type { Address } from "#shared/actor/actor.ts";
import { protocolVersion } from "#shared/bus/msgpackr-envelope.ts";
import { checkMessage } from "#shared/messages/guard.ts";
import type { Tokens } from "#shared/messages/to-session.ts";

interface Step {
  readonly from: Address;
  readonly to: Address;
  readonly frame: readonly Tokens[];
}

const packr = new Packr({ useRecords: false, copyBuffers: true, int64AsType: "number" });

export const packStep = ({ from, to, frame }: Step): Uint8Array =>
  packr.pack([protocolVersion, from, to, { kind: "step", frame }]);

export function unpackStep(bytes: Uint8Array): readonly Tokens[] {
  const [, , , message] = packr.unpack(bytes) as [number, Address, Address, Step];
  for (const tokens of message.frame) {
    const fault = checkMessage("session", tokens);
    if (fault !== undefined) throw new Error(fault);
  }
  return message.frame;
}
