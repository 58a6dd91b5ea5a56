// What an operator can ask and tell: each command asks the admin API once and prints the answer.

import { cannotRead } from "#shared/config/file-reason.ts";
import { adapterCommands } from "./tenant-side/adapter-commands.ts";
import type { AdminClient } from "./admin-client.ts";
import { CommandFailure } from "./command-failure.ts";
import { auditCommands } from "./tenants/audit-commands.ts";
import type { ApplyAnswer, Gaps } from "./command-texts.ts";
import {
  applyText,
  explainText,
  fairnessText,
  gapsText,
  narrowText,
  poolsText,
  processesText,
  requestsText,
  tenantsText,
  workersText,
} from "./command-texts.ts";
import { billingCommands } from "./money/billing-commands.ts";
import { catalogueCommands } from "./models/catalogue-commands.ts";
import { costCommands } from "./money/cost-commands.ts";
import { deadLetterCommands } from "./machines/dead-letter-commands.ts";
import { drainCommands } from "./machines/drain-commands.ts";
import { gpusText } from "./machines/gpu-text.ts";
import { keyCommands } from "./tenants/key-commands.ts";
import { kvText } from "./machines/kv-text.ts";
import { marginCommands } from "./money/margin-commands.ts";
import { myCommands } from "./tenant-side/my-commands.ts";
import { reconcileCommands } from "./money/reconcile-commands.ts";
import { rolloutCommands } from "./models/rollout-commands.ts";
import type { TenantClient } from "./tenant-side/tenant-client.ts";
import { tenantCommands } from "./tenants/tenant-commands.ts";
import { usageCommands } from "./usage/usage-commands.ts";

export interface Terminal {
  readonly print: (line: string) => void;
  /** Beside the answer, which others may read on. */
  readonly complain: (line: string) => void;
  readonly readFile: (path: string) => Promise<string>;
  /** Read when it is sent. */
  readonly openFile: (path: string) => Promise<Blob>;
  /** Absent where nothing is written. */
  readonly writeFile?: (path: string, text: string) => Promise<void>;
}

export interface CommandCall {
  readonly client: AdminClient;
  /** The door to tenants, with the key of the environment. */
  readonly tenant: TenantClient;
  readonly terminal: Terminal;
  /** One per operand. */
  readonly words: readonly string[];
  /** Of a command that has families: the one that was named, else the first. */
  readonly family?: string;
  readonly options: Readonly<Partial<Record<string, string>>>;
  readonly isJson: boolean;
}

export interface Command {
  readonly name: string;
  readonly usage: string;
  readonly does: string;
  readonly operands: readonly string[];
  /** What its operand may be called, as in `drain zone Z`; not named, it is the first. */
  readonly families?: readonly string[];
  /** It may be called without them too. */
  readonly needsNoOperand?: boolean;
  /** So many are enough: what they mean is the command's own affair. */
  readonly operandsMin?: number;
  /** The last operand may be missing. */
  readonly mayLackLast?: boolean;
  readonly options: readonly string[];
  /** The words of its usage and of its answer. */
  readonly explains: readonly (readonly [word: string, meaning: string])[];
  /** A number is the exit code of a command that did what it was asked. */
  readonly run: (call: CommandCall) => Promise<number | void>;
}

export const commands: readonly Command[] = [
  {
    name: "explain",
    usage: "explain ID",
    does: "the story of a recent request: each stage, where it waited and why",
    operands: ["request"],
    options: [],
    explains: [
      [
        "ID",
        "a request's id: the x-request-id of its response, or its completion's id (chatcmpl-…)",
      ],
      ["WAITED, FOR, BECAUSE", "where it waited, how long and what for"],
      ["AT, WHAT, WHO", "each stage: when after its arrival, and the actor that said so"],
    ],
    run: (call) => show(call, `/admin/v1/requests/${path(call.words[0])}`, explainText),
  },
  {
    name: "requests",
    usage: "requests [--tenant T] [--limit N]",
    does: "recent requests, newest first",
    operands: [],
    options: ["tenant", "limit"],
    explains: [
      ["--tenant T", "only those of this tenant"],
      ["--limit N", "at most N, from 1 to 1000 (default 50)"],
    ],
    run: (call) => show(call, `/admin/v1/requests${parameters(call)}`, requestsText),
  },
  {
    name: "tenants",
    usage: "tenants",
    does: "what each tenant has waiting and running, and what is left of its limits",
    operands: [],
    options: [],
    explains: [
      ["WAITING", "admitted, without a place"],
      ["RUNNING", "granted or running"],
      ["AT MOST", "its limit of running requests"],
      ["RPM LEFT, TPM LEFT", "requests and tokens left in this minute"],
      ["THROTTLE", "an operator's: weight and limits stand at so many percent"],
    ],
    run: (call) => show(call, "/admin/v1/tenants", tenantsText),
  },
  {
    name: "workers",
    usage: "workers",
    does: "each worker's state, sequences, KV blocks and adapters",
    operands: [],
    options: [],
    explains: [
      ["STATE", "serving; cordoned: no new work; draining, then drained; down: no engine"],
      [
        "BREAKER",
        "its router's: open: no grants, after engine crashes; half-open: one canary at a",
      ],
      ["", "time; isolating: held for one request under which engines died"],
      ["INCARNATION", "its life: grows with each start"],
      ["AT MOST", "sequences that its engine can run at once"],
      ["FREE BLOCKS", "KV blocks free or evictable, of BLOCKS"],
      ["ADAPTERS", "those in GPU slots, by the start of their digest"],
    ],
    run: (call) => show(call, "/admin/v1/workers", workersText),
  },
  {
    name: "pools",
    usage: "pools",
    does: "each pool's owner epoch, offers, places and virtual time",
    operands: [],
    options: [],
    explains: [
      ["EPOCH", "grows with each owner of the pool"],
      ["WORKERS", "those that take grants / all that are known"],
      ["WAITING, RUNNING", "offers at the router, and places given out"],
      ["VIRTUAL TIME", "progress of fair sharing, in µcost per weight"],
      ["GAP, BOUND", "how far apart backlogged tenants are, and what that stays within"],
      ["JAIN", "of service per weight in the last ten seconds: 1 is equal"],
    ],
    run: (call) => show(call, "/admin/v1/pools", poolsText),
  },
  {
    name: "fairness",
    usage: "fairness [POOL]",
    does: "each tenant's executed share beside its share by weight, and each pool's gap beside its bound",
    operands: ["pool"],
    needsNoOperand: true,
    options: [],
    explains: [
      ["POOL", "only this pool's tenants: its id, as in: fairlead pools"],
      ["BY WEIGHT", "its share of the band, among tenants that wait or run; percent"],
      ["EXECUTED", "its share of what the pool executed in the last ten seconds; percent"],
      ["BEHIND", "behind the most served of its band in these, in µcost per weight"],
      ["WAITING, RUNNING", "its offers at the router, and its places"],
      ["SLOWNESS", "its time to first token over what its prompts need there: 1 is undisturbed"],
      ["WORKERS", "all, or how many it is narrowed to"],
      ["GAP, BOUND", "largest difference between two backlogged tenants, and what it stays within"],
      ["JAIN", "of service per weight in the last ten seconds: 1 is equal"],
    ],
    run: (call) => show(call, `/admin/v1/fairness${ofPool(call)}`, fairnessText),
  },
  {
    name: "kv",
    usage: "kv [POOL]",
    does: "who holds how many KV blocks beside its budget, and each worker's books of them",
    operands: ["pool"],
    needsNoOperand: true,
    options: [],
    explains: [
      ["POOL", "only this pool: its id, as in: fairlead pools"],
      ["HELD", "blocks booked for the tenant's sequences, over all workers of the pool"],
      [
        "GUARANTEED, BURST",
        "what others give back for it, and what it may not exceed; empty: no bound",
      ],
      ["ON LOAN", "held above its guarantee: a tenant inside its own may have them back"],
      [
        "BOOKED, FREE",
        "of TOTAL, the engine's own; OVERCOMMITTED: held by sequences that share blocks",
      ],
      ["DRIFTS", "times that the worker's reports overruled the books, in its present life"],
    ],
    run: (call) => show(call, `/admin/v1/kv${ofPool(call)}`, kvText),
  },
  {
    name: "gpus",
    usage: "gpus [POOL]",
    does: "each worker's GPUs as they are read, how well they are used, and whose their time was",
    operands: ["pool"],
    needsNoOperand: true,
    options: [],
    explains: [
      ["POOL", "only this pool: its id, as in: fairlead pools"],
      ["BY", "nvidia-smi, or the model of a simulated GPU; empty cells are not known, not 0"],
      ["BUSY", "of the time lately, in which a kernel ran"],
      ["ECC", "memory errors beyond correction since the driver was loaded"],
      ["MFU, MBU", "the model's arithmetic and bytes over the GPUs' peak, idle time included"],
      ["WHOSE", "the tenant; overhead: of steps, paid by nobody; idle: nothing ran"],
      ["GPU SECONDS", "since the engines came up; the SHARES of a pool add up to all"],
      ["TFLOP, TB", "arithmetic, and weights and KV moved, by the model's shape"],
    ],
    run: (call) => show(call, `/admin/v1/gpus${ofPool(call)}`, gpusText),
  },
  {
    name: "processes",
    usage: "processes",
    does: "each process of the platform: what it is, where, and how it is",
    operands: [],
    options: [],
    explains: [
      ["STATE", "ready; not ready, and what it lacks; silent: it did not answer in time"],
      ["FLEET", "version of the desired state that it follows"],
      ["LAG MS", "how late its event loop was in the last ten seconds, 99th percentile"],
    ],
    run: (call) => show(call, "/admin/v1/processes", processesText),
  },
  ...usageCommands,
  ...drainCommands,
  ...tenantCommands,
  ...keyCommands,
  ...catalogueCommands,
  ...deadLetterCommands,
  ...adapterCommands,
  ...myCommands,
  ...auditCommands,
  ...costCommands,
  ...marginCommands,
  ...rolloutCommands,
  ...billingCommands,
  ...reconcileCommands,
  {
    name: "narrow",
    usage: "narrow TENANT [--pool P] [--workers N]",
    does: "keep a tenant to a few of a pool's workers, so that the others are out of its way",
    operands: ["tenant"],
    options: ["pool", "workers"],
    explains: [
      ["TENANT", "a tenant's id, as in: fairlead tenants"],
      ["--pool P", "only in this pool (default: in every pool)"],
      ["--workers N", "how many of the pool's workers it keeps (default: a quarter of them)"],
    ],
    run: (call) =>
      tellTenant(call, "narrow", (tenant, answer) => narrowText(tenant, answer as never)),
  },
  {
    name: "widen",
    usage: "widen TENANT [--pool P]",
    does: "all workers again for a tenant, whoever narrowed it",
    operands: ["tenant"],
    options: ["pool"],
    explains: [
      ["TENANT", "a tenant's id, as in: fairlead tenants"],
      ["--pool P", "only in this pool (default: in every pool)"],
    ],
    run: (call) => tellTenant(call, "widen", (tenant) => `${tenant} may use all workers again`),
  },
  {
    name: "apply",
    usage: "apply FILE [--dry-run] [--force]",
    does: "make a fleet file the desired state, and tell what that changes",
    operands: ["file"],
    needsNoOperand: true,
    options: ["file", "dry-run", "force"],
    explains: [
      [
        "FILE, -f FILE",
        "a fleet file in YAML or JSON, such as deploy/fleet.example.yaml; - is standard input",
      ],
      ["--dry-run", "change nothing: tell every problem, or what would change"],
      ["+, ~, -", "an entry that is added, changed (field: from → to) or removed"],
      ["--force", "even if a pool that has requests waiting or running is not in it any more"],
    ],
    run: apply,
  },
];

async function show(
  call: CommandCall,
  from: string,
  tellIt: (answer: never) => string,
): Promise<void> {
  const answer = await call.client.get(from);
  // The admin API of the same version answers with what the text expects.
  if (call.isJson) {
    call.terminal.print(JSON.stringify(answer));
    return;
  }
  call.terminal.print(tellIt(answer as never));
  const gaps = gapsText(answer as Gaps);
  if (gaps !== "") call.terminal.print(gaps);
}

async function tellTenant(
  call: CommandCall,
  command: "narrow" | "widen",
  done: (tenant: string, answer: unknown) => string,
): Promise<void> {
  const [tenant = ""] = call.words;
  const to = `/admin/v1/tenants/${path(tenant)}/${command}${parameters(call)}`;
  const answer = await call.client.write("POST", to);
  call.terminal.print(call.isJson ? JSON.stringify(answer) : done(tenant, answer));
}

async function apply(call: CommandCall): Promise<void> {
  const { file: named, "dry-run": dryRun, force } = call.options;
  const [file = named] = call.words;
  if (file === undefined || (named !== undefined && file !== named)) {
    const message = file === undefined ? "a FILE is needed" : "one FILE is taken, not two";
    throw new CommandFailure(`${message}: fairlead apply FILE`, { code: "wrong_operand" });
  }
  const asked = new URLSearchParams({
    ...(dryRun === undefined ? {} : { dryRun: "true" }),
    ...(force === undefined ? {} : { force: "true" }),
  });
  const to = `/admin/v1/fleet${asked.size === 0 ? "" : `?${asked.toString()}`}`;
  const text = await call.terminal.readFile(file).catch((error: unknown) => {
    throw new CommandFailure(cannotRead(file, error).message, { code: "unreadable_file" });
  });
  const answer = await call.client
    .write("PUT", to, { contentType: "application/yaml", body: text })
    .catch((error: unknown) => {
      throw error instanceof CommandFailure ? error.of(file) : error;
    });
  call.terminal.print(call.isJson ? JSON.stringify(answer) : applyText(answer as ApplyAnswer));
}

const path = (word: string = ""): string => encodeURIComponent(word);

const ofPool = ({ words: [pool] }: CommandCall): string =>
  pool === undefined ? "" : `?${new URLSearchParams({ pool }).toString()}`;

function parameters({ options }: CommandCall): string {
  const given = Object.entries(options).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return given.length === 0 ? "" : `?${new URLSearchParams(given).toString()}`;
}
