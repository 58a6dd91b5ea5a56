// Commands that take workers and zones out of service, and back. A drain is waited for, and ends with its proof.

import { setTimeout as sleep } from "node:timers/promises";
import { CommandFailure } from "#services/console/command-failure.ts";
import type { Command, CommandCall } from "#services/console/commands.ts";
import type { DrainStatus } from "./drain-status.ts";
import { textTable } from "#services/console/text-table.ts";
import { parametersOf } from "#services/console/command-options.ts";

const targets = [
  ["W, worker W", "a worker's id, as in: fairlead workers"],
  ["zone Z", "all workers of a zone, those that register later too"],
] as const;

const force = ["--force", "also if nobody would be left to serve"] as const;

export const drainCommands: readonly Command[] = [
  {
    name: "drain",
    usage: "drain worker W | zone Z [--patience 60s] [--no-wait] [--force]",
    does: "no new work, let what runs end in time, move the rest elsewhere; ends with a proof",
    operands: ["worker"],
    families: ["worker", "zone"],
    options: ["patience", "no-wait", "force"],
    explains: [
      ...targets,
      ["", "of a zone also: its edges are not ready, its owners hand over to other zones"],
      ["--patience 60s", "what runs has this long to end: 500ms, 60s, 2m; at most an hour"],
      ["--no-wait", "do not wait for the end"],
      force,
      ["", "it stands, over restarts, until uncordon; it may be said again, and interrupted"],
      ["OWNED", "requests that run or wait there"],
      ["UNSETTLED", "ends that their queue or router has not noted"],
      ["KV HELD", "KV blocks held by its engine or booked there: all three are 0 at the end"],
    ],
    run: drain,
  },
  {
    name: "cordon",
    usage: "cordon W | zone Z [--force]",
    does: "no new work for this worker, or those of the zone; what runs goes on",
    operands: ["worker"],
    families: ["worker", "zone"],
    options: ["force"],
    explains: [...targets, force],
    run: (call) => tell(call, "cordon", `${nameOf(call)} takes no new work`),
  },
  {
    name: "uncordon",
    usage: "uncordon W | zone Z",
    does: "new work again; takes back cordon and drain, of what was cordoned or drained by that name",
    operands: ["worker"],
    families: ["worker", "zone"],
    options: [],
    explains: targets,
    run: (call) => tell(call, "uncordon", `${nameOf(call)} takes new work again`),
  },
];

const nameOf = ({ family, words: [id = ""] }: CommandCall): string =>
  family === "zone" ? `zone ${id}` : id;

const pathOf = ({ family, words: [id = ""] }: CommandCall): string =>
  `/admin/v1/${family ?? "worker"}s/${encodeURIComponent(id)}`;

async function tell(call: CommandCall, verb: string, done: string): Promise<void> {
  const answer = await call.client.write(
    "POST",
    `${pathOf(call)}/${verb}${parametersOf(call.options)}`,
  );
  call.terminal.print(call.isJson ? JSON.stringify(answer) : `${done}${unauditedText(answer)}`);
}

/** Of what was forced while the audit could not be written. */
const unauditedText = (answer: unknown): string =>
  (answer as { readonly isAudited?: false }).isAudited === false
    ? "\nnote: the audit could not be written; it has no row of this"
    : "";

async function drain(call: CommandCall): Promise<void> {
  const { client, terminal, isJson, options } = call;
  const { "no-wait": noWait, ...parameters } = options;
  const answer = await client.write("POST", `${pathOf(call)}/drain${parametersOf(parameters)}`);
  const { patienceMs } = answer as { readonly patienceMs: number };
  const unaudited = unauditedText(answer);
  if (noWait !== undefined) {
    const seconds = patienceMs / 1000;
    const text = `${nameOf(call)} drains; what runs has ${seconds} s to end; watch it with: fairlead workers`;
    terminal.print(isJson ? JSON.stringify(answer) : `${text}${unaudited}`);
    return;
  }
  const status = await untilOver(call, patienceMs);
  if (!status.isOver) {
    throw new CommandFailure(
      `${nameOf(call)} is not drained: ${status.left.join("; ")}. It goes on draining; ask again with the same command.`,
      { code: "not_drained" },
    );
  }
  const proof = `${proofText(nameOf(call), status)}${unaudited}`;
  terminal.print(isJson ? JSON.stringify(status) : proof);
}

/** Beyond the patience: what is left moves, ends are noted, owners hand over. */
const graceMs = 30_000;
const lookEveryMs = 250;

async function untilOver(call: CommandCall, patienceMs: number): Promise<DrainStatus> {
  const untilMs = performance.now() + patienceMs + graceMs;
  for (;;) {
    const status = (await call.client.get(`${pathOf(call)}/drain`)) as DrainStatus;
    if (status.isOver || performance.now() > untilMs) return status;
    await sleep(lookEveryMs);
  }
}

function proofText(name: string, { workers, processes }: DrainStatus): string {
  const proof = textTable(
    ["WORKER", "ZONE", "STATE", "OWNED", "UNSETTLED", "KV HELD"],
    workers.map((one) => [
      one.worker,
      one.zone,
      one.state,
      one.ownedRequests,
      one.unsettledCharges,
      one.kvBlocksHeld,
    ]),
  );
  const others = processes.map(({ process, role }) =>
    role === "edge" ? `${process} is not ready for new clients` : `${process} owns nothing`,
  );
  return [`${name} is drained`, proof, ...others].join("\n");
}
