// What an operator can do about each kind of difference, in one sentence or two.

import type { DifferenceKind } from "#shared/model/reconciliation.ts";

export const advice: Readonly<Record<DifferenceKind, string>> = {
  "in-flight": "They run, or may still be spoken for: ask again when they are over.",
  "waiting-in-outbox":
    "That process keeps their accounts until the ledger has them: do not stop it. See that the stream and a metering process stand; --repair has them sent at once.",
  "waiting-in-stream":
    "The stream has messages that the ledger has not stored: see that a metering process runs and Postgres answers, then ask again.",
  abandoned:
    "Nobody is left to close them: --repair settles them as they were told last, never above what was delivered.",
  missing:
    "They were admitted and no account of them is found. Nothing is billed for them. Look for meter.settled-usage-lost and meter.dropped in the edges' logs, and at deploy/runbooks/lost-metering.md.",
  conflicting:
    "The first final account stands and is billed; usage_conflicts keeps what came later. A row of outcome witnesses_lost was settled before its edge came back with the account on its disk: that one is right. Correct the money by `fairlead credit adjust TENANT --amount … --key REQUEST --reason …` (more, or less with a minus: a line of the next invoice), never the row.",
  impossible:
    "These rows were written by something that is broken: find the version of the worker or edge that wrote them before anybody is billed by them.",
  discarded:
    "Set aside because they could not be read or stored: --repair tries them again, entry by entry.",
  uncounted:
    "The ledger has them and no edge says that it admitted them: an edge that died with its last counts, or accounts that are not an edge's.",
};
