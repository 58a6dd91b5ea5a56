// What runs in a local fleet's folder, kept in one file so that any later command can look after it: each process by
// pid and start time, and how to start it again. Written whole or not at all.

import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ProcessCommand } from "#deploy/local/processes/process-command.ts";
import type { ProcessIdentity } from "#deploy/local/processes/process-identity.ts";
import type { FleetRole, TrustFiles } from "#shared/config/trust.ts";

export type ServerRole = "nats" | "etcd" | "postgres";

/** `host:port` of each door that a process has. */
export interface MemberDoors {
  readonly http?: string;
  readonly grpc?: string;
  readonly admin?: string;
  /** A server's. */
  readonly address?: string;
}

export interface ClusterMember extends MemberDoors, ProcessIdentity {
  readonly name: string;
  readonly role: FleetRole | ServerRole;
  readonly zone: string;
  readonly command: ProcessCommand;
}

export interface ClusterState {
  /** Of this file's form. */
  readonly version: 1;
  readonly folder: string;
  /** Who starts it, until it is up. */
  readonly starter?: ProcessIdentity;
  /** Certificates with which to ask each kind of server whether it works. */
  readonly asking: Readonly<Partial<Record<ServerRole, TrustFiles>>>;
  /** In the order in which they were started. */
  readonly members: readonly ClusterMember[];
}

const stateFile = (folder: string): string => join(folder, "state.json");

/** Nothing when no fleet was ever started there. Throws on a file that is not such a state. */
export function readState(folder: string): ClusterState | undefined {
  let text: string;
  try {
    text = readFileSync(stateFile(folder), "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  const state = parsed(text);
  if (state?.version === 1 && state.folder === folder && Array.isArray(state.members)) return state;
  throw new Error(`${stateFile(folder)} is not the state of a fleet in ${folder}`);
}

export function writeState(state: ClusterState): void {
  const next = `${stateFile(state.folder)}.next`;
  writeFileSync(next, `${JSON.stringify(state, undefined, 2)}\n`, { mode: 0o600 });
  renameSync(next, stateFile(state.folder));
}

/** Adds a process, in place of an earlier one of its name. */
export function recordMember(folder: string, member: ClusterMember): void {
  const state = requiredState(folder);
  const index = state.members.findIndex(({ name }) => name === member.name);
  const at = index === -1 ? state.members.length : index;
  writeState({ ...state, members: state.members.toSpliced(at, 1, member) });
}

export function requiredState(folder: string): ClusterState {
  const state = readState(folder);
  if (state === undefined) throw new Error(`no fleet runs in ${folder}`);
  return state;
}

function parsed(text: string): ClusterState | undefined {
  try {
    return JSON.parse(text) as ClusterState;
  } catch {
    return undefined;
  }
}
