// A mark in the environment of every process of a local fleet: one that was started but not yet written down when
// its starter crashed is found by it all the same.

import { readFileSync, readdirSync } from "node:fs";
import type { ProcessIdentity } from "#deploy/local/processes/process-identity.ts";
import { identityOf } from "#deploy/local/processes/process-identity.ts";

const tag = "LOCAL_FLEET_MEMBER_OF";

export const tagOf = (folder: string): Readonly<Record<string, string>> => ({ [tag]: folder });

/** Every living process that was started for the fleet in this folder. */
export function processesOf(folder: string): readonly ProcessIdentity[] {
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry) && Number(entry) !== process.pid)
    .filter((entry) => environmentOf(entry).includes(`${tag}=${folder}`))
    .flatMap((entry) => identityOf(Number(entry)) ?? []);
}

function environmentOf(pid: string): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
  } catch {
    return [];
  }
}
