// The composition's line to its process's owner: what the process is for, told again should the owner restart, and
// the end in good order, waited for.

import type { Address } from "#shared/actor/actor.ts";
import type { Host, NoteRecord } from "#shared/actor/host.ts";
import { ownerAddress } from "#shared/messages/addresses.ts";
import type { Begin, ToOwner } from "#shared/messages/to-owner.ts";
import { toOwner } from "#shared/messages/to-owner.ts";
import type { Fleet } from "#shared/model/fleet.ts";

/** All of `begin` that the composition decides. */
export type Purpose = Omit<Begin, "kind">;

export interface OwnerLine {
  begin(purpose: Purpose): void;
  /** For the host. */
  readonly onRestart: (address: Address) => void;
  /** For whoever hears the host's notes. */
  readonly onNote: (record: NoteRecord) => void;
  /** Resolves when nothing of this process stands in the store any more, or after three seconds. */
  handOver(): Promise<void>;
}

export interface OwnerLinePorts {
  /** Asked late: the host is made with this line's `onRestart`. */
  readonly host: () => Pick<Host, "send">;
  readonly process: string;
  readonly fleet: () => Fleet | undefined;
}

const handOverPatienceMs = 3_000;

export function ownerLine({ host, process, fleet }: OwnerLinePorts): OwnerLine {
  const owner = ownerAddress(process);
  const operator = `operator/${process}` as Address;
  let begun: Purpose | undefined;
  let handedOver: (() => void) | undefined;
  const tell = (message: ToOwner): void => {
    const told = toOwner(owner, message);
    host().send(operator, told.to, told.message);
  };
  const begin = (purpose: Purpose): void => {
    begun = purpose;
    tell({ kind: "begin", ...purpose });
    const current = fleet();
    if (current !== undefined) tell({ kind: "fleet-changed", fleet: current });
  };
  return {
    begin,
    onRestart: (address) => {
      if (address !== owner) tell({ kind: "actor-restarted", address });
      else if (begun !== undefined) begin(begun);
    },
    onNote: ({ event, actor }) => {
      if (event === "host.stopped-actor") tell({ kind: "actor-stopped", address: actor });
      if (event === "owner.handed-over") handedOver?.();
    },
    handOver: async () => {
      if (begun === undefined) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      handedOver = resolve;
      const patience = setTimeout(resolve, handOverPatienceMs);
      tell({ kind: "hand-over" });
      await promise;
      clearTimeout(patience);
    },
  };
}
