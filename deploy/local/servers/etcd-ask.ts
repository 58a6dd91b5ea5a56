// Questions to etcd through its own command: whether it answers with its cluster's consent, and who may write what.

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { FleetRole, TrustFiles } from "#shared/config/trust.ts";
import { fleetRoles } from "#shared/config/trust.ts";
import { findProgram } from "./find-program.ts";
import { bareEnvironment, loopback } from "./server-options.ts";

const execute = promisify(execFile);

/** What each role may write; everyone reads everything. */
const writablePrefixes: Readonly<Record<FleetRole, readonly string[]>> = {
  edge: ["/process/", "/edge/"],
  control: ["/process/", "/own/", "/escrow/"],
  worker: ["/process/", "/worker/", "/suspect/"],
  metering: ["/process/"],
  registry: ["/process/", "/registry/", "/drain/", "/suspect/"],
};

/** A read that a majority of the members agrees to. */
export async function askEtcd(port: number, trust?: TrustFiles): Promise<void> {
  await etcdctl([`${loopback}:${port}`], trust, "endpoint", "health");
}

/** Switches authentication on; from then on nobody is anybody without a certificate. */
export async function grantEtcdRoles(
  endpoints: readonly string[],
  root: TrustFiles,
): Promise<void> {
  const run = (...words: readonly string[]): Promise<void> => etcdctl(endpoints, root, ...words);
  const addUser = async (name: string): Promise<void> => {
    await run("user", "add", name, "--no-password");
    if (name !== "root") await run("role", "add", name);
    await run("user", "grant-role", name, name);
  };
  await Promise.all(["root", ...fleetRoles].map(addUser));
  await Promise.all(
    fleetRoles.flatMap((role) => [
      run("role", "grant-permission", role, "read", "", "--prefix"),
      ...writablePrefixes[role].map((prefix) =>
        run("role", "grant-permission", role, "readwrite", prefix, "--prefix"),
      ),
    ]),
  );
  await run("auth", "enable");
}

async function etcdctl(
  endpoints: readonly string[],
  trust: TrustFiles | undefined,
  ...words: readonly string[]
): Promise<void> {
  const files =
    trust === undefined
      ? []
      : [`--cacert=${trust.caFile}`, `--cert=${trust.certFile}`, `--key=${trust.keyFile}`];
  const common = [`--endpoints=${endpoints.join(",")}`, "--command-timeout=2s", ...files];
  try {
    await execute(findProgram("etcdctl"), [...words, ...common], {
      env: bareEnvironment,
      timeout: 5_000,
    });
  } catch (error) {
    const { stderr = "" } = error as { readonly stderr?: string };
    throw new Error(`etcdctl ${words.join(" ")}: ${stderr.trim() || String(error)}`, {
      cause: error,
    });
  }
}
