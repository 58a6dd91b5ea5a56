// The disk of a platform that keeps nothing anyway: answers as if everything were kept.

import type { Device, Host } from "#shared/actor/host.ts";
import type { ToDisk } from "#shared/messages/to-disk.ts";
import type { ToOutbox } from "#shared/messages/to-outbox.ts";
import { toOutbox } from "#shared/messages/to-outbox.ts";

/** Attach as kind `disk`. */
export const forgetfulDisk =
  (host: Pick<Host, "send">): Device =>
  (self, outbox, message) => {
    const answer = answerTo(message as ToDisk);
    if (answer === undefined) return;
    const { to, message: content } = toOutbox(outbox, answer);
    host.send(self, to, content);
  };

function answerTo(asked: ToDisk): ToOutbox | undefined {
  if (asked.kind === "sync") return { kind: "synced", commit: asked.commit, fileBytes: 0 };
  if (asked.kind !== "open") return undefined;
  const { opening } = asked;
  return { kind: "opened", opening, files: [], entries: [], tornEnds: 0, unreadable: 0 };
}
