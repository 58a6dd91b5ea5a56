// Who a process of the fleet is, and whom it believes: one certificate of the fleet's own authority. Its common
// name is the role, its organisational unit the process; every server maps the role to what it may do.

import { createPrivateKey, X509Certificate } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { readFileSync } from "node:fs";
import { cannotRead } from "./file-reason.ts";

/** What a process may be. Servers have names of their own and are no role. */
export const fleetRoles = ["edge", "control", "worker", "metering", "registry"] as const;
export type FleetRole = (typeof fleetRoles)[number];

export interface TrustFiles {
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
}

/** PEM texts. */
export interface Trust {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** Throws an error that names the file and what to do about it. */
export function readTrust({ caFile, certFile, keyFile }: TrustFiles): Trust {
  const trust = { ca: textOf(caFile), cert: textOf(certFile), key: textOf(keyFile) };
  const certificate = certificateIn(certFile, trust.cert);
  if (!certificate.verify(certificateIn(caFile, trust.ca).publicKey)) {
    throw new Error(`${certFile} was not issued by the authority in ${caFile}`);
  }
  refuseOutdated(certFile, certificate);
  if (!certificate.checkPrivateKey(privateKeyIn(keyFile, trust.key))) {
    throw new Error(`${keyFile} is not the key of the certificate in ${certFile}`);
  }
  return trust;
}

export interface Identity {
  /** Common name: what it may do. */
  readonly role: string;
  /** Organisational unit: which process it is. */
  readonly process: string;
}

export function identityOf(cert: string): Identity {
  const { subject } = new X509Certificate(cert);
  const part = (name: string): string => new RegExp(`^${name}=(.*)$`, "m").exec(subject)?.[1] ?? "";
  return { role: part("CN"), process: part("OU") };
}

function refuseOutdated(certFile: string, { validFrom, validTo }: X509Certificate): void {
  if (Date.parse(validTo) < Date.now()) {
    throw new Error(`${certFile} ended on ${validTo}: have a new certificate issued`);
  }
  if (Date.parse(validFrom) > Date.now()) {
    throw new Error(`${certFile} is not valid before ${validFrom}: is this host's clock right?`);
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw cannotRead(file, error);
  }
}

function certificateIn(file: string, text: string): X509Certificate {
  try {
    return new X509Certificate(text);
  } catch (error) {
    throw new Error(`${file} holds no certificate in PEM form`, { cause: error });
  }
}

function privateKeyIn(file: string, text: string): KeyObject {
  try {
    return createPrivateKey(text);
  } catch (error) {
    throw new Error(`${file} holds no private key in PEM form`, { cause: error });
  }
}
