// One question to keep a lease: its own short stream, so that it has a deadline of its own and no loop of the
// vendor's decides when a lease is lost.

import type { LeaseKeep } from "./coordination.ts";
import type { EtcdCall } from "./etcd-calls.ts";

export const keepEtcdLease =
  (lease: string): EtcdCall<LeaseKeep> =>
  async (connection, options) => {
    const stream = await connection.leaseClient.leaseKeepAlive(options);
    return new Promise((resolve, reject) => {
      stream.on("error", reject);
      stream.on("end", () => reject(new Error("etcd ended the stream without an answer")));
      stream.on("data", ({ TTL }) => {
        const ttlMs = Number(TTL) * 1_000;
        // No error, but a length of 0: etcd no longer knows the lease.
        resolve(ttlMs > 0 ? { kind: "kept", ttlMs } : { kind: "lost" });
        stream.end();
      });
      stream.write({ ID: lease });
    });
  };
