// The edge's bounds, each with the reason for its default. A service's settings come from the environment only.

import { readEnvironment } from "#shared/config/environment.ts";
import type { Environment, EnvironmentReader } from "#shared/config/environment.ts";

export interface EdgeConfig {
  /** Pools elsewhere are used only when this region has none. Empty: no preference. */
  readonly region: string;
  /** One request's body. Agents send long histories, and some gateways fail at 1 MiB. */
  readonly bodyBytesMax: number;
  /** One gRPC message, which arrives outside our own budget. gRPC's usual bound; a prompt of a million tokens fits. */
  readonly grpcMessageBytesMax: number;
  /** Bodies being read at once, over all callers: what they may cost in memory before anything is admitted. */
  readonly bodyBytesHeldMax: number;
  /** A tenant's part of that, so that slow uploads of one never refuse another's. */
  readonly bodyBytesHeldPerTenantMax: number;
  /** Keys are short, and cookies are not ours. Node's own default. */
  readonly headerBytesMax: number;
  /** A request of ours nests five deep. */
  readonly jsonDepthMax: number;
  /** Members and elements of one body: a parsed value costs far more memory than its bytes. */
  readonly jsonValuesMax: number;
  /** From the first byte to the end of the headers: slow headers hold a socket no longer. */
  readonly headersTimeoutMs: number;
  /** From the first byte to the end of the body: 10 MiB at 3 Mbit/s. */
  readonly requestTimeoutMs: number;
  /** The same of an adapter's file: 256 MiB at 3 Mbit/s. */
  readonly uploadTimeoutMs: number;
  /** An adapter's file of which nothing comes for so long is given up. */
  readonly uploadIdleMs: number;
  /** Idle connections. Longer than the 60 s of usual load balancers, so that they close first and never meet a closing socket. */
  readonly keepAliveTimeoutMs: number;
  readonly connectionsMax: number;
  /** Calls with a session, streaming or waiting: at 45 KB each, half a gigabyte. */
  readonly openCallsMax: number;
  /** From arrival to the last token, where the caller sets no deadline. What the official clients wait. */
  readonly callTimeoutMs: number;
  /** Written and not yet taken by the socket. The session pauses long before; a call beyond this is cut off. */
  readonly writeBufferBytesMax: number;
  /** A whole reply that no one reads: the socket's write deadline after the last byte that it took. */
  readonly slowReaderMs: number;
  /** How long a closing socket may take to drain, and a session to end after its deadline. */
  readonly closeGraceMs: number;
}

const mebibyte = 1_048_576;

export const edgeConfigDefault: EdgeConfig = Object.freeze({
  region: "",
  bodyBytesMax: 10 * mebibyte,
  grpcMessageBytesMax: 4 * mebibyte,
  bodyBytesHeldMax: 256 * mebibyte,
  bodyBytesHeldPerTenantMax: 64 * mebibyte,
  headerBytesMax: 16_384,
  jsonDepthMax: 64,
  jsonValuesMax: 262_144,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  uploadTimeoutMs: 900_000,
  uploadIdleMs: 20_000,
  keepAliveTimeoutMs: 75_000,
  connectionsMax: 20_000,
  openCallsMax: 10_000,
  callTimeoutMs: 600_000,
  writeBufferBytesMax: mebibyte,
  slowReaderMs: 30_000,
  closeGraceMs: 2_000,
});

/** Throws one error that lists every wrong setting. */
export const readEdgeConfig = (environment: Environment): EdgeConfig =>
  readEnvironment(environment, edgeSettings);

/** To be called inside `readEnvironment`, where others' settings are read in the same round. */
export function edgeSettings(read: EnvironmentReader): EdgeConfig {
  const standard = edgeConfigDefault;
  const bytes = (name: string, fallback: number): number =>
    read.integer(name, { fallback, min: 1024, max: 2 ** 33 });
  const count = (name: string, fallback: number): number =>
    read.integer(name, { fallback, min: 1, max: 10_000_000 });
  const headersTimeoutMs = read.durationMs(
    "FAIRLEAD_EDGE_HEADERS_TIMEOUT",
    standard.headersTimeoutMs,
  );
  const requestTimeoutMs = read.durationMs(
    "FAIRLEAD_EDGE_REQUEST_TIMEOUT",
    standard.requestTimeoutMs,
  );
  return {
    region: read.text("FAIRLEAD_REGION", standard.region),
    bodyBytesMax: bytes("FAIRLEAD_EDGE_BODY_BYTES_MAX", standard.bodyBytesMax),
    grpcMessageBytesMax: bytes(
      "FAIRLEAD_EDGE_GRPC_MESSAGE_BYTES_MAX",
      standard.grpcMessageBytesMax,
    ),
    bodyBytesHeldMax: bytes("FAIRLEAD_EDGE_BODY_BYTES_HELD_MAX", standard.bodyBytesHeldMax),
    bodyBytesHeldPerTenantMax: bytes(
      "FAIRLEAD_EDGE_BODY_BYTES_HELD_PER_TENANT_MAX",
      standard.bodyBytesHeldPerTenantMax,
    ),
    headerBytesMax: bytes("FAIRLEAD_EDGE_HEADER_BYTES_MAX", standard.headerBytesMax),
    jsonDepthMax: count("FAIRLEAD_EDGE_JSON_DEPTH_MAX", standard.jsonDepthMax),
    jsonValuesMax: count("FAIRLEAD_EDGE_JSON_VALUES_MAX", standard.jsonValuesMax),
    // Node refuses to start a server whose headers may take longer than its whole request.
    headersTimeoutMs: Math.min(headersTimeoutMs, requestTimeoutMs),
    requestTimeoutMs,
    uploadTimeoutMs: read.durationMs("FAIRLEAD_EDGE_UPLOAD_TIMEOUT", standard.uploadTimeoutMs),
    uploadIdleMs: read.durationMs("FAIRLEAD_EDGE_UPLOAD_IDLE", standard.uploadIdleMs),
    keepAliveTimeoutMs: read.durationMs(
      "FAIRLEAD_EDGE_KEEP_ALIVE_TIMEOUT",
      standard.keepAliveTimeoutMs,
    ),
    connectionsMax: count("FAIRLEAD_EDGE_CONNECTIONS_MAX", standard.connectionsMax),
    openCallsMax: count("FAIRLEAD_EDGE_OPEN_CALLS_MAX", standard.openCallsMax),
    callTimeoutMs: read.durationMs("FAIRLEAD_EDGE_CALL_TIMEOUT", standard.callTimeoutMs),
    writeBufferBytesMax: bytes(
      "FAIRLEAD_EDGE_WRITE_BUFFER_BYTES_MAX",
      standard.writeBufferBytesMax,
    ),
    slowReaderMs: read.durationMs("FAIRLEAD_EDGE_SLOW_READER", standard.slowReaderMs),
    closeGraceMs: read.durationMs("FAIRLEAD_EDGE_CLOSE_GRACE", standard.closeGraceMs),
  };
}
