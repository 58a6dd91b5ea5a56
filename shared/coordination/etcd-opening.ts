// Whether etcd can be used, found out before anything relies on it: it answers, is new enough, lets this process
// in, and has a leader. Every fault is told with what to do about it.

import { setTimeout as sleep } from "node:timers/promises";
import type { Trust } from "#shared/config/trust.ts";
import { identityOf } from "#shared/config/trust.ts";
import { connectEtcd } from "./etcd-connection.ts";
import { isRefused, reasonOf } from "./etcd-faults.ts";
import { processPrefix } from "./coordination-keys.ts";
import { keyRange } from "./etcd-transactions.ts";

const oldest: readonly [major: number, minor: number] = [3, 4];
/** All tries together. A try begun before takes at most its own patience longer. */
const openingMs = 3_200;
const tryMs = 1_500;
const betweenTriesMs = 250;

export type EtcdFault =
  | "unreachable"
  | "silent"
  | "untrusted"
  | "refused"
  | "too-old"
  | "leaderless";

export class EtcdOpeningError extends Error {
  override readonly name = "EtcdOpeningError";
  readonly fault: EtcdFault;

  constructor(fault: EtcdFault, message: string, cause?: unknown) {
    super(message, { cause });
    this.fault = fault;
  }
}

/** Resolves as soon as one endpoint is good; waiting helps against what may pass, a server that starts for example. */
export async function awaitEtcd(endpoints: readonly string[], trust?: Trust): Promise<void> {
  if (endpoints.length === 0) {
    throw new EtcdOpeningError(
      "unreachable",
      "no etcd endpoint is named: set FAIRLEAD_ETCD_ENDPOINTS",
    );
  }
  const untilMs = performance.now() + openingMs;
  for (;;) {
    const tries = endpoints.map((endpoint) => tryEndpoint(endpoint, trust));
    try {
      await Promise.any(tries);
      return;
    } catch (failed) {
      const faults = faultsIn(failed);
      const lasting = faults.find(({ fault }) => fault === "too-old" || fault === "refused");
      if (lasting !== undefined) throw lasting;
      if (performance.now() + betweenTriesMs > untilMs) throw worst(faults);
    }
    await sleep(betweenTriesMs);
  }
}

const faultsIn = (failed: unknown): readonly EtcdOpeningError[] =>
  failed instanceof AggregateError ? (failed.errors as EtcdOpeningError[]) : [];

/** The one that says most about what to do. */
const severity: readonly EtcdFault[] = ["untrusted", "leaderless", "silent", "unreachable"];

function worst(faults: readonly EtcdOpeningError[]): Error {
  for (const fault of severity) {
    const found = faults.find((candidate) => candidate.fault === fault);
    if (found !== undefined) return found;
  }
  return new Error("etcd cannot be used");
}

async function tryEndpoint(endpoint: string, trust?: Trust): Promise<void> {
  const connection = connectEtcd(endpoint, trust);
  const options = (): { readonly deadline: number } => ({ deadline: Date.now() + tryMs });
  let isReached = false;
  try {
    const { version } = await connection.maintenance.status(options());
    isReached = true;
    checkVersion(endpoint, version);
    await connection.kv.range(keyRange(processPrefix), options());
  } catch (error) {
    if (error instanceof EtcdOpeningError) throw error;
    throw faultOf(error, { endpoint, isReached, trust });
  } finally {
    connection.close();
  }
}

function checkVersion(endpoint: string, version: string): void {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major > oldest[0] || (major === oldest[0] && minor >= oldest[1])) return;
  throw new EtcdOpeningError(
    "too-old",
    `etcd at ${endpoint} is version ${version}: Fairlead needs ${oldest.join(".")} or newer`,
  );
}

interface Tried {
  readonly endpoint: string;
  readonly isReached: boolean;
  readonly trust: Trust | undefined;
}

function faultOf(error: unknown, { endpoint, isReached, trust }: Tried): EtcdOpeningError {
  const reason = reasonOf(error);
  const fault = kindOf(error, { isReached, reason });
  const by =
    trust === undefined ? "no certificate" : `the certificate of "${identityOf(trust.cert).role}"`;
  const advice: Readonly<Record<EtcdFault, string>> = {
    refused: `etcd at ${endpoint} refuses ${by}: has this user been given its role in etcd?`,
    untrusted:
      `no trust between this process and etcd at ${endpoint}: is it the fleet's own, and do ` +
      `FAIRLEAD_TLS_CA_FILE, _CERT_FILE and _KEY_FILE come from the authority that it knows?`,
    leaderless: `etcd at ${endpoint} has no leader: do most of its members run and reach each other?`,
    silent: `something at ${endpoint} accepts connections but does not answer as etcd: is it etcd, and does it want TLS?`,
    unreachable: `nothing answers at ${endpoint}: does etcd run? set FAIRLEAD_ETCD_ENDPOINTS`,
    "too-old": "",
  };
  return new EtcdOpeningError(fault, `${advice[fault]} (${reason})`, error);
}

function kindOf(
  error: unknown,
  { isReached, reason }: { readonly isReached: boolean; readonly reason: string },
): EtcdFault {
  if (isRefused(error)) return "refused";
  if (isReached) return "leaderless";
  if (/certificate|SSL|TLS|tls|altname|self-signed/.test(reason)) return "untrusted";
  if (/ECONNREFUSED|ENOTFOUND|EHOSTUNREACH|ENETUNREACH|EAI_AGAIN/.test(reason))
    return "unreachable";
  return "silent";
}
