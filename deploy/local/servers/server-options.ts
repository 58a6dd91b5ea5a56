// What every server of the fleet is started with.

import type { FleetAuthority } from "./fleet-authority.ts";

export interface ServerOptions {
  /** Holds data, logs and keys; the caller removes it. */
  readonly folder: string;
  /** Without one: no encryption and nobody asked who they are, for contract tests. */
  readonly authority?: FleetAuthority | undefined;
  /** Survives the end of the process that starts it, and its terminal. */
  readonly isDetached?: boolean | undefined;
  /** Added to the servers' own, which is bare. */
  readonly environment?: Readonly<Record<string, string>> | undefined;
}

export interface MemberOptions extends ServerOptions {
  readonly members: 1 | 3;
}

/** The zones of the local fleet; the first member is in the first, and so on. */
export const zones = ["eu-a", "eu-b", "eu-c"] as const;

export const letters = ["a", "b", "c"] as const;

export const loopback = "127.0.0.1";

/** Servers and openssl get no settings from whoever starts them. */
export const bareEnvironment: Readonly<Record<string, string>> = {
  PATH: process.env["PATH"] ?? "/usr/bin:/bin",
  LC_ALL: "C.UTF-8",
};
