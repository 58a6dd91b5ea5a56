// How soon a key that a command makes works on every edge of a fleet, and how soon one that is revoked works on none.

import type { ClusterState } from "#deploy/local/cluster/cluster-state.ts";
import type { ChangeFigures, SeenChange } from "./desired-change.ts";
import { changeFigures } from "./desired-change.ts";
import type { EdgeProbe } from "./edge-probe.ts";
import { probeEdge } from "./edge-probe.ts";

export interface KeyFigures {
  readonly key_created: ChangeFigures;
  readonly key_revoked: ChangeFigures;
}

export interface Wanted {
  readonly times: number;
  readonly say: (line: string) => void;
}

/** A revocation is not to be helped by what was announced just before. */
const pauseMs = 250;

export async function measureKeys(
  { members }: ClusterState,
  { times, say }: Wanted,
): Promise<KeyFigures> {
  const admin = members.find(({ role }) => role === "registry")?.admin ?? "";
  const edges = members.filter(({ role }) => role === "edge").map(({ http = "" }) => http);
  const probes = edges.map(probeEdge);
  const created: SeenChange[] = [];
  const revoked: SeenChange[] = [];
  try {
    for (let turn = 1; turn <= times; turn++) {
      const { id, secret, seen } = await create(admin, probes);
      created.push(seen);
      await pause();
      revoked.push(await revoke({ admin, id, secret }, probes));
      await pause();
      if (turn % 10 === 0) say(`${turn} of ${times} keys made and revoked`);
    }
  } finally {
    for (const probe of probes) probe.close();
  }
  return { key_created: changeFigures(created), key_revoked: changeFigures(revoked) };
}

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, pauseMs));

/** The key is known only with the answer: no edge can be asked before. */
async function create(
  admin: string,
  probes: readonly EdgeProbe[],
): Promise<{ readonly id: string; readonly secret: string; readonly seen: SeenChange }> {
  const commandedAtMs = performance.now();
  const { id, secret } = await write(`http://${admin}/admin/v1/keys?tenant=acme`);
  const answeredAtMs = performance.now();
  const seenAtMs = await Promise.all(probes.map((probe) => probe.first(String(secret), 200)));
  const seen = { commandedAtMs, answeredAtMs, seenAtMs };
  return { id: String(id), secret: String(secret), seen };
}

async function revoke(
  { admin, id, secret }: { readonly admin: string; readonly id: string; readonly secret: string },
  probes: readonly EdgeProbe[],
): Promise<SeenChange> {
  const commandedAtMs = performance.now();
  const seen = Promise.all(probes.map((probe) => probe.first(secret, 401)));
  const answered = write(`http://${admin}/admin/v1/keys/${id}/revoke`).then(() =>
    performance.now(),
  );
  const [seenAtMs, answeredAtMs] = await Promise.all([seen, answered]);
  return { commandedAtMs, answeredAtMs, seenAtMs };
}

async function write(url: string): Promise<Readonly<Record<string, unknown>>> {
  const headers = { "content-type": "application/json" };
  const answer = await fetch(url, { method: "POST", headers });
  const told = (await answer.json()) as Record<string, unknown>;
  if (!answer.ok) throw new Error(`${url}: ${JSON.stringify(told)}`);
  return told;
}
