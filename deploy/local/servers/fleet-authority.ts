// A throw-away certificate authority, for one machine and thirty days: every server and every process of a local
// fleet gets a certificate of it. In production a real authority does this.

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { FleetRole, TrustFiles } from "#shared/config/trust.ts";
import { findProgram } from "./find-program.ts";

/** Servers have names of their own; root sets the servers up and looks after them. */
export type AuthorityName = FleetRole | "nats" | "etcd" | "postgres" | "root";

export interface FleetAuthority {
  readonly caFile: string;
  /** The common name is what it may do, the organisational unit which process it is. */
  issue(name: AuthorityName, process: string): TrustFiles;
}

const dayMs = 24 * 60 * 60 * 1000;

/** Opens the authority that stands in the folder, or makes one. */
export function createFleetAuthority(folder: string): FleetAuthority {
  mkdirSync(folder, { recursive: true, mode: 0o711 });
  const openssl = findProgram("openssl");
  const caFile = join(folder, "ca.pem");
  const run = (...args: readonly string[]): void => {
    try {
      execFileSync(openssl, args, {
        cwd: folder,
        stdio: "pipe",
        encoding: "utf8",
        timeout: 10_000,
      });
    } catch (error) {
      throw new Error(`openssl ${args[0]} failed: ${String(error)}`, { cause: error });
    }
  };
  const sign = (stem: string, extensions: string, authority: readonly string[]): void => {
    writeFileSync(join(folder, `${stem}.ext`), extensions);
    // Which certificates were issued is of no use here; an empty list each time keeps names reusable.
    writeFileSync(join(folder, "issued.txt"), "");
    const files = ["-in", `${stem}.csr`, "-out", `${stem}.pem`, "-extfile", `${stem}.ext`];
    run(
      "ca",
      "-config",
      "authority.cnf",
      "-batch",
      "-notext",
      ...validity(),
      ...authority,
      ...files,
    );
  };
  if (!existsSync(caFile)) {
    writeFileSync(join(folder, "authority.cnf"), authorityConfig);
    requestCertificate(run, "ca", "/CN=Fairlead local fleet");
    sign("ca", caExtensions, ["-selfsign", "-keyfile", "ca.key"]);
  }
  return {
    caFile,
    issue: (name, process) => {
      if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(process)) {
        throw new Error(`"${process}" cannot be the name of a process: expected a-z, 0-9 and -`);
      }
      const stem = `${name}.${process}`;
      requestCertificate(run, stem, `/CN=${name}/OU=${process}`);
      sign(stem, leafExtensions(name), ["-cert", "ca.pem", "-keyfile", "ca.key"]);
      return {
        caFile,
        certFile: join(folder, `${stem}.pem`),
        keyFile: join(folder, `${stem}.key`),
      };
    },
  };
}

function requestCertificate(
  run: (...args: readonly string[]) => void,
  stem: string,
  subject: string,
): void {
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  // openssl makes key files readable by their owner only.
  run(
    "req",
    "-config",
    "authority.cnf",
    "-new",
    ...key,
    "-keyout",
    `${stem}.key`,
    "-out",
    `${stem}.csr`,
    "-subj",
    subject,
  );
}

function validity(): readonly string[] {
  const stamp = (atMs: number): string =>
    new Date(atMs).toISOString().replaceAll(/\.\d+|[-:T]/g, "");
  return ["-startdate", stamp(Date.now() - dayMs), "-enddate", stamp(Date.now() + 30 * dayMs)];
}

const authorityConfig = `[ ca ]
default_ca = fleet
[ fleet ]
database = issued.txt
new_certs_dir = .
rand_serial = yes
unique_subject = no
default_md = sha256
policy = any
preserve = yes
[ any ]
commonName = supplied
organizationalUnitName = optional
[ req ]
distinguished_name = subject
[ subject ]
`;

const caExtensions = `basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
`;

/** The first name is the user that NATS takes the process for. */
const leafExtensions = (name: AuthorityName): string => `basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth, clientAuth
subjectAltName = DNS:${name}.role.fairlead, DNS:localhost, IP:127.0.0.1
`;
