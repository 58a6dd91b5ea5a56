// Whom a process believes to be a NATS server: a certificate of the fleet's authority with the common name `nats`,
// at whatever address. Every process has a certificate of the same authority; none of them may pose as the server.

import type { PeerCertificate } from "node:tls";

const natsServerName = "nats";

/** As `checkServerIdentity` wants it: nothing means yes. */
export function isServerOfFleet(
  _hostname: string,
  certificate: PeerCertificate,
): Error | undefined {
  const name = String(certificate.subject?.CN ?? "");
  return name === natsServerName
    ? undefined
    : new Error(`its certificate is for "${name}", not for "${natsServerName}"`);
}
