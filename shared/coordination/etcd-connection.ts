// One connection to one etcd endpoint, through the raw calls of the vendor's client alone: its own retries would
// repeat writes whose outcome is unknown, and its breaker would forget what is asked meanwhile.

import { Etcd3 } from "etcd3";
import type { IOptions } from "etcd3";
import type { Trust } from "#shared/config/trust.ts";

export type EtcdConnection = Etcd3;

type Policy = NonNullable<NonNullable<IOptions["faultHandling"]>["global"]>;

const neverAborted = new AbortController().signal;
const silent = (): { dispose(): void } => ({ dispose: () => {} });

/** Each call once, whatever becomes of it. */
const once: Policy = {
  // Not there at run time: a property for the type only.
  _altReturn: undefined as never,
  onSuccess: silent,
  onFailure: silent,
  execute: async (call, signal = neverAborted) => call({ signal }),
};

let connections = 0;

/** Connects when first used. */
export function connectEtcd(endpoint: string, trust?: Trust): EtcdConnection {
  const credentials = trust === undefined ? {} : { credentials: credentialsFrom(trust) };
  // Whoever holds a certificate of the fleet must not pose as etcd: its name counts, not its address.
  const name = trust === undefined ? {} : { "grpc.ssl_target_name_override": "etcd.role.fairlead" };
  return new Etcd3({
    hosts: endpoint,
    ...credentials,
    grpcOptions: {
      ...name,
      // Equal options would share the socket of an earlier connection, which may be the one that hangs.
      "grpc.primary_user_agent": `fairlead-${++connections}`,
      "grpc.enable_retries": 0,
      "grpc.enable_http_proxy": 0,
      "grpc.service_config_disable_resolution": 1,
      "grpc.initial_reconnect_backoff_ms": 100,
      "grpc.max_reconnect_backoff_ms": 1_000,
      "grpc.max_receive_message_length": 64 * 1024 * 1024,
      // An address is no server name in TLS, which Node says aloud; certificates name the loopback too.
      ...(isLoopback(endpoint) ? { "grpc.ssl_target_name_override": "localhost" } : {}),
    },
    faultHandling: { global: once, host: () => once },
  });
}

const isLoopback = (endpoint: string): boolean => /^(127\.|\[::1\])/.test(endpoint);

const credentialsFrom = ({ ca, cert, key }: Trust): NonNullable<IOptions["credentials"]> => ({
  rootCertificate: Buffer.from(ca),
  privateKey: Buffer.from(key),
  certChain: Buffer.from(cert),
});
