// Moves the processes of one zone of a running local fleet into a network namespace of their own, joined to the rest by a
// bridge that can be cut. Their addresses stay what they are. Linux, root, util-linux and iproute2; where these are not, it
// says so and nothing has been done.

import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { ClusterMember } from "#deploy/local/cluster/cluster-state.ts";
import { recordMember, requiredState } from "#deploy/local/cluster/cluster-state.ts";
import { restartProcess } from "#deploy/local/cluster/restart.ts";
import { endProcess } from "#deploy/local/processes/end-process.ts";

export interface PartedZone {
  readonly zone: string;
  cut(): Promise<void>;
  heal(): Promise<void>;
  /** After the fleet is down. */
  close(): void;
}

const bridge = fileURLToPath(new URL("./bridge-main.ts", import.meta.url));
const servers: ReadonlySet<string> = new Set(["nats", "etcd", "postgres"]);

export async function partZone(folder: string, zone: string): Promise<PartedZone> {
  const namespace = await openNamespace();
  const files = mkdtempSync(join(tmpdir(), "fairlead-part-"));
  const { members } = requiredState(folder);
  const inside = members.filter((member) => member.zone === zone);
  const within = inside.flatMap(portsOf);
  const beyond = members.filter((member) => member.zone !== zone).flatMap(portsOf);
  const keep = inside.flatMap(({ role, http }) =>
    role === "edge" ? Number(http?.split(":")[1]) : [],
  );
  const enter = [`--net=/proc/${namespace.pid}/ns/net`, "--"];
  // Ended before the bridge listens on their ports.
  await Promise.all(
    inside.map((member) => {
      const { endSignal: signal, endPatienceMs: patienceMs } = member.command;
      return endProcess(member, { signal, patienceMs });
    }),
  );
  const ends = await Promise.all([
    openEnd([process.execPath, bridge, planText({ files, listen: within, serve: beyond, keep })]),
    openEnd([
      "nsenter",
      ...enter,
      process.execPath,
      bridge,
      planText({ files, listen: beyond, serve: within, keep }),
    ]),
  ]);
  for (const member of serversFirst(inside)) {
    const { program, args } = member.command;
    const command = { ...member.command, program: "nsenter", args: [...enter, program, ...args] };
    recordMember(folder, { ...member, command });
    await restartProcess(folder, member.name);
  }
  const say = async (word: string): Promise<void> => {
    await Promise.all(ends.map((end) => end.ask(word)));
  };
  return {
    zone,
    cut: () => say("cut"),
    heal: () => say("heal"),
    close: () => {
      for (const end of ends) end.child.kill("SIGKILL");
      namespace.kill("SIGKILL");
      rmSync(files, { recursive: true, force: true });
    },
  };
}

const serversFirst = (members: readonly ClusterMember[]): readonly ClusterMember[] =>
  members.toSorted((a, b) => Number(servers.has(b.role)) - Number(servers.has(a.role)));

interface EndPlan {
  readonly files: string;
  readonly listen: readonly number[];
  readonly serve: readonly number[];
  readonly keep: readonly number[];
}

const planText = ({ files, ...plan }: EndPlan): string =>
  JSON.stringify({ folder: files, ...plan });

/** Every port that it listens on. */
function portsOf({ role, address, command }: ClusterMember): readonly number[] {
  const { args, environment } = command;
  const said = [
    address ?? "",
    ...Object.entries(environment).flatMap(([name, value]) =>
      /^FAIRLEAD_\w+_PORT$/.test(name) ? `:${value}` : [],
    ),
    ...args.filter((word) => /^--listen-(client|peer)-urls=/.test(word)),
    ...(role === "nats" ? natsListens(args) : []),
  ];
  return [...new Set(said.flatMap((text) => Number(/:(\d+)$/.exec(text)?.[1] ?? 0) || []))];
}

function natsListens(args: readonly string[]): readonly string[] {
  const file = args[args.indexOf("-c") + 1] ?? "";
  return [...readFileSync(file, "utf8").matchAll(/"listen": "([^"]+)"/g)].map(([, at = ""]) => at);
}

async function openNamespace(): Promise<ChildProcess> {
  const words = ["--net", "--", "sh", "-c", "ip link set lo up && echo up && exec cat"];
  // It ends with whoever holds its standard input.
  const child = spawn("unshare", words, { stdio: ["pipe", "pipe", "pipe"] });
  let complaint = "";
  child.stderr.on("data", (bytes: Buffer) => {
    complaint += bytes.toString("utf8");
  });
  const isUp = await new Promise<boolean>((resolve) => {
    child.stdout.once("data", () => resolve(true));
    child.once("error", (error) => {
      complaint = error.message;
      resolve(false);
    });
    child.once("exit", () => resolve(false));
  });
  if (isUp) return child;
  throw new Error(
    `a zone cannot be cut off on this host (${complaint.trim()}): it takes Linux, root, unshare and nsenter (util-linux), ip (iproute2)`,
  );
}

interface BridgeEnd {
  readonly child: ChildProcess;
  ask(word: string): Promise<void>;
}

async function openEnd([program = "", ...args]: readonly string[]): Promise<BridgeEnd> {
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout });
  const heard = (): Promise<void> =>
    new Promise((resolve, reject) => {
      lines.once("line", () => resolve());
      child.once("exit", () => reject(new Error("the bridge between the zones fell")));
      child.once("error", reject);
    });
  await heard();
  return {
    child,
    ask: (word) => {
      const done = heard();
      child.stdin.write(`${word}\n`);
      return done;
    },
  };
}
