// Where a fleet is changed and where the change is seen: the operator's door, and a probe of each edge.

import type { ClusterState } from "#deploy/local/cluster/cluster-state.ts";
import type { SeenChange } from "./desired-change.ts";
import type { EdgeAnswer, EdgeProbe, EdgeQuestion } from "./edge-probe.ts";
import { probeEdge } from "./edge-probe.ts";

export interface Wanted {
  readonly times: number;
  readonly say: (line: string) => void;
}

export interface DesiredDoors {
  readonly probes: readonly EdgeProbe[];
  /** POSTs to the admin API; answers with what it said. Throws what it refuses. */
  readonly command: (
    path: string,
    body?: Readonly<Record<string, unknown>>,
  ) => Promise<Readonly<Record<string, unknown>>>;
  /** Commands, asking every edge meanwhile until its answer is so. */
  readonly seen: (
    path: string,
    question: EdgeQuestion,
    isSo: (answer: EdgeAnswer) => boolean,
  ) => Promise<SeenChange>;
}

/** No change is to be helped by what was announced just before. */
const pauseMs = 250;

export const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, pauseMs));

export async function atDoors<Figures>(
  { members }: ClusterState,
  measure: (doors: DesiredDoors) => Promise<Figures>,
): Promise<Figures> {
  const admin = members.find(({ role }) => role === "registry")?.admin ?? "";
  const edges = members.filter(({ role }) => role === "edge").map(({ http = "" }) => http);
  const probes = edges.map(probeEdge);
  const command: DesiredDoors["command"] = (path, body) =>
    write(`http://${admin}/admin/v1/${path}`, body);
  const seen: DesiredDoors["seen"] = async (path, question, isSo) => {
    const commandedAtMs = performance.now();
    const everywhere = Promise.all(probes.map((probe) => probe.first(question, isSo)));
    const answered = command(path).then(() => performance.now());
    const [seenAtMs, answeredAtMs] = await Promise.all([everywhere, answered]);
    return { commandedAtMs, answeredAtMs, seenAtMs };
  };
  try {
    return await measure({ probes, command, seen });
  } finally {
    for (const probe of probes) probe.close();
  }
}

async function write(
  url: string,
  body: Readonly<Record<string, unknown>> = {},
): Promise<Readonly<Record<string, unknown>>> {
  const headers = { "content-type": "application/json" };
  const answer = await fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
  const told = (await answer.json()) as Record<string, unknown>;
  if (!answer.ok) throw new Error(`${url}: ${JSON.stringify(told)}`);
  return told;
}
