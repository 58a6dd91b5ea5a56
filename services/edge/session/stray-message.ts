// What reaches a session that was never opened, is over, or began again from nothing after a bug. It must not
// act on it; it only helps others: the directory to forget its entry, a worker to learn that nobody reads a sequence. Whose client
// may come back for it, perhaps to another edge: so it is not cancelled.

import { ackWhole } from "./settle-session.ts";
import type { Address, Arrival, Effect, Note } from "#shared/actor/actor.ts";
import { note } from "#shared/actor/actor.ts";
import { edgeOfSession, sessionDirectoryAddress } from "#shared/messages/addresses.ts";
import type { ToSession } from "#shared/messages/to-session.ts";
import { toSessionDirectory } from "#shared/messages/to-session-directory.ts";
import { toWorker } from "#shared/messages/to-worker.ts";
import type { RequestId } from "#shared/model/ids.ts";

export function strayMessage(
  self: Address,
  { message, from }: Arrival<ToSession>,
): readonly Effect[] {
  const requestId = self.slice(self.lastIndexOf("/") + 1) as RequestId;
  const directory = sessionDirectoryAddress(edgeOfSession(self));
  return [
    note("session.dropped", { ...aboutOf(requestId, message), why: "no session" }),
    toSessionDirectory(directory, { kind: "session-unknown", requestId }),
    ...disclaim(message, from),
  ];
}

/** A session may have another id than the request, of which a story would be told that is nobody's. */
const aboutOf = (own: RequestId, message: ToSession): Note["fields"] => {
  const requestId = "requestId" in message ? message.requestId : own;
  const session = requestId === own ? {} : { session: own };
  return { requestId, message: message.kind, ...session };
};

function disclaim(message: ToSession, from: Address): readonly Effect[] {
  switch (message.kind) {
    case "tokens":
      // The worker need not say the end again, and must not take it for billed.
      if (message.end !== undefined) return [unclaimed(message, from), ackWhole(message, from)];
      return [unclaimed(message, from)];
    case "started":
    case "alive":
      return [unclaimed(message, from)];
    default:
      return [];
  }
}

const unclaimed = (
  { requestId, attempt }: { readonly requestId: RequestId; readonly attempt: number },
  worker: Address,
): Effect => toWorker(worker, { kind: "unclaimed", requestId, attempt });
