// How soon a key that a command makes works on every edge of a fleet, and how soon one that is revoked works on none.

import type { ClusterState } from "#deploy/local/cluster/cluster-state.ts";
import type { ChangeFigures, SeenChange } from "./desired-change.ts";
import { changeFigures } from "./desired-change.ts";
import type { DesiredDoors, Wanted } from "./desired-doors.ts";
import { atDoors, pause } from "./desired-doors.ts";

export interface KeyFigures {
  readonly key_created: ChangeFigures;
  readonly key_revoked: ChangeFigures;
}

export const measureKeys = (state: ClusterState, { times, say }: Wanted): Promise<KeyFigures> =>
  atDoors(state, async (doors) => {
    const created: SeenChange[] = [];
    const revoked: SeenChange[] = [];
    for (let turn = 1; turn <= times; turn++) {
      const { id, secret, seen } = await create(doors);
      created.push(seen);
      await pause();
      const isRefused = ({ status }: { readonly status: number }): boolean => status === 401;
      revoked.push(await doors.seen(`keys/${id}/revoke`, listWith(secret), isRefused));
      await pause();
      if (turn % 10 === 0) say(`${turn} of ${times} keys made and revoked`);
    }
    return { key_created: changeFigures(created), key_revoked: changeFigures(revoked) };
  });

const listWith = (key: string) => ({ path: "/v1/models", key });

/** The key is known only with the answer: no edge can be asked before. */
async function create({ command, probes }: DesiredDoors): Promise<{
  readonly id: string;
  readonly secret: string;
  readonly seen: SeenChange;
}> {
  const commandedAtMs = performance.now();
  const { id, secret } = await command("keys?tenant=acme");
  const answeredAtMs = performance.now();
  const question = listWith(String(secret));
  const seenAtMs = await Promise.all(
    probes.map((probe) => probe.first(question, ({ status }) => status === 200)),
  );
  const seen = { commandedAtMs, answeredAtMs, seenAtMs };
  return { id: String(id), secret: String(secret), seen };
}
