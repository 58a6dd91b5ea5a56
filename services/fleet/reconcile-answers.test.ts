import assert from "node:assert/strict";
import { test } from "node:test";
import type { Address } from "#shared/actor/actor.ts";
import { createLocalHost } from "#shared/actor/local-host.ts";
import { finalEntry, request, tenant } from "#shared/ledger/ledger.cases.ts";
import { diskAddress, meterAddress, outboxAddress } from "#shared/messages/addresses.ts";
import type { ToDisk } from "#shared/messages/to-disk.ts";
import { toMeter } from "#shared/messages/to-meter.ts";
import type { ToOutbox } from "#shared/messages/to-outbox.ts";
import { meter } from "#services/metering/meter.actor.ts";
import { outbox } from "#services/metering/outbox/outbox.actor.ts";
import { outboxHere, sendAgainHere } from "./reconcile-answers.ts";

// A process whose last life left accounts on disk: a proof of billing sees them there before its meter has them.

const process = "edge-1";
const range = { fromEpochMs: 0, toEpochMs: 2 ** 53, tenant: undefined };
const nobody = "test/edge-1" as Address;

const entryOf = (id: string, of = "acme") =>
  finalEntry({ tenant: tenant(of), requestId: request(id) });

function startProcess() {
  const host = createLocalHost({
    process,
    ownedKinds: new Set(),
    onNote: () => undefined,
  });
  host.register(meter);
  host.register(outbox);
  const asked: ToDisk[] = [];
  host.attach("disk", (_to, _from, message) => void asked.push(message as ToDisk));
  host.attach("ledger", () => undefined);
  const say = (message: ToOutbox): void =>
    void host.send(diskAddress(process), outboxAddress(process), message);
  say({ kind: "begin" });
  return { host, asked, say };
}

const heldHere = ({ host }: ReturnType<typeof startProcess>, of?: string): readonly string[] =>
  outboxHere(host, { ...range, tenant: of })
    .rows.flatMap((row) => (row.kind === "held" ? row.held.requestId : []))
    .toSorted();

const settled = (): Promise<unknown> => new Promise((resolve) => setTimeout(resolve, 20));

test("accounts that are on disk only are listed, and counted as waiting", async () => {
  const here = startProcess();
  await settled();
  const entries = [...Array(1200).keys()].map((at) => entryOf(`r${at}`));
  here.say({
    kind: "opened",
    opening: 1,
    files: [{ file: 1, bytes: 100 }],
    entries: [...entries, entryOf("other", "bolt")],
    tornEnds: 0,
    unreadable: 0,
  });
  // Its ledger is silent: the meter takes what it may, the rest stays on disk alone.
  await settled();
  assert.equal(new Set(heldHere(here, "acme")).size, 1200);
  assert.deepEqual([...new Set(heldHere(here, "bolt"))], ["other"]);
  const { rows } = outboxHere(here.host, range);
  const pending = rows.reduce((sum, row) => sum + (row.kind === "pending" ? row.pending : 0), 0);
  assert.equal(pending, 1201);
  here.host.stop();
});

test("a disk that could not be read is told, and is read again when asked to send", async () => {
  const here = startProcess();
  await settled();
  const { message } = toMeter(meterAddress(process), {
    kind: "usage",
    record: entryOf("r1").record,
    isFinal: true,
  });
  here.host.send(nobody, meterAddress(process), message);
  here.say({ kind: "disk-failed", commit: 1, reason: "input/output error" });
  await settled();
  const isUnread = (): boolean =>
    outboxHere(here.host, range).rows.some(({ kind }) => kind === "unread");
  assert.equal(isUnread(), true);
  const asked = here.asked.length;
  sendAgainHere(here.host);
  await settled();
  assert.deepEqual(
    here.asked.slice(asked).map(({ kind }) => kind),
    ["open"],
  );
  assert.equal(isUnread(), false);
  here.host.stop();
});
