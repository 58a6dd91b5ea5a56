// The laws of shared/messages: one file per receiver, one actor (or named device) per file, a row in the table,
// and a comment on every message.

import type { SourceFile } from "./source-tree.ts";

/** Receivers that are devices, or actors whose file has another name. */
const otherReceivers: Readonly<Record<string, string>> = {
  "to-client.ts": "the device in services/edge that holds the client's socket",
  "to-disk.ts": "the device in services/metering/outbox",
  "to-ledger.ts": "the device in shared/ledger",
  "to-coordination.ts": "the device in shared/coordination",
  "to-dead-letters.ts": "the device in shared/bus",
  "to-host.ts": "the host itself",
  "to-rollout-keeper.ts": "the device in services/rollout",
  "to-arm-desk.ts": "the device in services/edge",
  "to-trial-desk.ts": "the device in services/edge",
  "to-adapter-trials.ts": "the device in services/adapter-intake",
  "to-engine.ts": "an engine driver in services/worker/engine",
};

const folder = "shared/messages/";

export function messageViolations(files: readonly SourceFile[]): readonly string[] {
  const table = files.find((file) => file.path === `${folder}README.md`)?.text ?? "";
  return files
    .filter(({ path }) => path.startsWith(`${folder}to-`) && !path.endsWith(".test.ts"))
    .flatMap((file) => [
      ...receiverViolations(file, files),
      ...(table.includes(`\`${file.path.slice(folder.length)}\``)
        ? []
        : [`${file.path}: has no row in ${folder}README.md`]),
      ...undocumented(file),
    ]);
}

function receiverViolations(file: SourceFile, files: readonly SourceFile[]): readonly string[] {
  const name = file.path.slice(folder.length);
  if (otherReceivers[name] !== undefined) return [];
  const actorFile = `/${name.slice("to-".length, -".ts".length)}.actor.ts`;
  const actors = files.filter(({ path }) => path.endsWith(actorFile));
  return actors.length === 1
    ? []
    : [`${file.path}: ${actors.length} files end in ${actorFile}, there must be exactly one`];
}

function undocumented({ path, text }: SourceFile): readonly string[] {
  const lines = text.split("\n");
  return lines.flatMap((line, at) => {
    const declared = /^export (?:interface|type) (\w+)/.exec(line)?.[1];
    if (declared === undefined || /^To[A-Z]/.test(declared)) return [];
    if (!isMessage(lines, at)) return [];
    return (lines[at - 1] ?? "").trimEnd().endsWith("*/")
      ? []
      : [`${path}: message ${declared} has no comment`];
  });
}

const isMessage = (lines: readonly string[], at: number): boolean =>
  (lines[at + 1] ?? "").includes("readonly kind:") && (lines[at + 2] ?? "").trim() !== "}";
