// How each process of a local fleet is: asked at its own door, with a limit; a server counts as ready when it gives a
// real answer.

import { lives } from "#deploy/local/processes/process-identity.ts";
import { askEtcd } from "#deploy/local/servers/etcd-ask.ts";
import { askNats } from "#deploy/local/servers/nats-ask.ts";
import { askPostgres } from "#deploy/local/servers/postgres-ask.ts";
import type { ClusterMember, ClusterState, MemberDoors, ServerRole } from "./cluster-state.ts";
import { readState } from "./cluster-state.ts";

export interface ProcessStatus extends MemberDoors {
  readonly name: string;
  readonly role: ClusterMember["role"];
  readonly zone: string;
  readonly pid: number;
  readonly ready: boolean;
  /** Why it is not ready, in words. */
  readonly missing?: readonly string[];
}

export interface ClusterStatus {
  readonly processes: readonly ProcessStatus[];
}

const answerWithinMs = 1_000;
// The etcd command is a process to start, on a machine that may be busy.
const serverAnswerWithinMs = 3_000;

/** No processes where no fleet is. */
export async function clusterStatus(folder: string): Promise<ClusterStatus> {
  const state = readState(folder);
  if (state === undefined) return { processes: [] };
  const processes = await Promise.all(
    state.members.map(async (member): Promise<ProcessStatus> => {
      const { name, role, zone, pid, http, grpc, admin, address } = member;
      const missing = await missingOf(member, state);
      return {
        name,
        role,
        zone,
        pid,
        ...(http === undefined ? {} : { http }),
        ...(grpc === undefined ? {} : { grpc }),
        ...(admin === undefined ? {} : { admin }),
        ...(address === undefined ? {} : { address }),
        ready: missing.length === 0,
        ...(missing.length === 0 ? {} : { missing }),
      };
    }),
  );
  return { processes };
}

export const isReady = async (
  member: ClusterMember,
  state: Pick<ClusterState, "asking">,
): Promise<boolean> => (await missingOf(member, state)).length === 0;

/** In words; empty when it is ready. */
async function missingOf(
  member: ClusterMember,
  { asking }: Pick<ClusterState, "asking">,
): Promise<readonly string[]> {
  if (!lives(member)) return ["has ended"];
  try {
    if (member.address === undefined) return await missingOfRole(member);
    const role = member.role as ServerRole;
    const port = Number(member.address.split(":")[1]);
    await within(serverAnswerWithinMs, questions[role](port, asking[role]));
    return [];
  } catch {
    return ["does not answer"];
  }
}

const questions = { nats: askNats, etcd: askEtcd, postgres: askPostgres };

async function missingOfRole({ admin }: ClusterMember): Promise<readonly string[]> {
  if (admin === undefined) return ["is starting"];
  const answer = await fetch(`http://${admin}/readyz`, {
    signal: AbortSignal.timeout(answerWithinMs),
  });
  const { missing } = (await answer.json()) as { readonly missing: readonly string[] };
  return missing;
}

async function within(limitMs: number, work: Promise<void>): Promise<void> {
  const { promise, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(() => reject(new Error(`no answer within ${limitMs} ms`)), limitMs);
  try {
    await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}
