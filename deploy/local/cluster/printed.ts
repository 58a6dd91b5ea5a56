// What the command prints: where to go once the fleet is up, and how its processes are.

import type { ClusterState } from "./cluster-state.ts";
import { fleetFileIn } from "./fleet-file.ts";
import type { ClusterStatus } from "./status.ts";

export function upText({ folder, members }: ClusterState, demoKeys: readonly string[]): string {
  const edges = members.filter(({ role }) => role === "edge");
  const registry = members.find(({ role }) => role === "registry");
  const admin = `http://${registry?.admin ?? ""}`;
  return [
    ...edges.map(({ name, http = "", grpc = "" }) => `${name}  http://${http}/v1  grpc ${grpc}`),
    `admin  ${admin}`,
    `demo keys  ${demoKeys.join("  ")}`,
    `operate it  export FAIRLEAD_ADMIN_URL=${admin}, then npx fairlead processes; its fleet file is ${fleetFileIn(folder)}`,
    `everything is in ${folder}`,
  ].join("\n");
}

// A server has one door, a role none that clients use but an edge's.
const titles = [
  "role",
  "zone",
  "process",
  "pid",
  "http or server",
  "grpc",
  "admin",
  "ready",
] as const;

export function statusTable({ processes }: ClusterStatus): string {
  const rows = processes.map((process) => [
    process.role,
    process.zone,
    process.name,
    `${process.pid}`,
    process.http ?? process.address ?? "",
    process.grpc ?? "",
    process.admin ?? "",
    process.ready ? "yes" : `no: ${process.missing?.join("; ") ?? ""}`,
  ]);
  const lines = [titles, ...rows];
  const widths = titles.map((_, column) =>
    Math.max(...lines.map((line) => line[column]?.length ?? 0)),
  );
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
