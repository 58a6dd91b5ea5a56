// Which of several endpoints is asked: one, until it fails; then the next, over a new connection. A connection
// that was left is closed once every call on it has met its deadline.

import type { Trust } from "#shared/config/trust.ts";
import { connectEtcd } from "./etcd-connection.ts";
import type { EtcdConnection } from "./etcd-connection.ts";

/** Longer than any call's deadline. */
const closeAfterMs = 1_500;

export interface EtcdEndpointsOptions {
  /** `host:port`, in order of preference. */
  readonly endpoints: readonly string[];
  readonly trust?: Trust;
  readonly onLeft: (endpoint: string, why: string) => void;
}

export class EtcdEndpoints {
  readonly #options: EtcdEndpointsOptions;
  #index = 0;
  #current: EtcdConnection | undefined;
  readonly #left = new Map<EtcdConnection, NodeJS.Timeout>();
  #isClosed = false;

  constructor(options: EtcdEndpointsOptions) {
    this.#options = options;
  }

  get endpoint(): string {
    const { endpoints } = this.#options;
    return endpoints[this.#index % endpoints.length] ?? "";
  }

  current(): EtcdConnection {
    if (this.#isClosed) throw new Error("the coordination store's client is closed");
    this.#current ??= connectEtcd(this.endpoint, this.#options.trust);
    return this.#current;
  }

  /** The connection did not answer. Several calls may say so of the same one: it is left once. */
  leave(connection: EtcdConnection, why: string): void {
    if (connection !== this.#current) return;
    this.#options.onLeft(this.endpoint, why);
    this.#current = undefined;
    this.#index = (this.#index + 1) % this.#options.endpoints.length;
    this.#left.set(
      connection,
      setTimeout(() => {
        this.#left.delete(connection);
        connection.close();
      }, closeAfterMs),
    );
  }

  close(): void {
    this.#isClosed = true;
    for (const [connection, timeout] of this.#left) {
      clearTimeout(timeout);
      connection.close();
    }
    this.#left.clear();
    this.#current?.close();
    this.#current = undefined;
  }
}
