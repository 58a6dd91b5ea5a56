// The adapters of a server, by digest. Laws: one is loaded only into a slot that is free, so that none ever gives way to
// another inside the server, where whoever decoded with it would go on with the other's weights (vllm#47724); a name is
// never loaded twice with other weights, for it is the weights' digest; and it is resident when a token came out of it,
// not when the server says so (dynamo#11163).

import type { AdapterFailed, AdapterLoaded } from "#shared/messages/from-engine.ts";
import type { EngineLoadAdapter } from "#shared/messages/to-engine.ts";
import type { AdapterDigest } from "#shared/model/ids.ts";
import { faultOf } from "#services/worker/engine/drivers/engine-fault.ts";
import type { Dialect } from "./dialect.ts";

export interface AdapterDeskPorts {
  readonly dialect: Pick<Dialect, "load" | "unload">;
  readonly slots: number;
  /** As the server's machine names the files. */
  readonly paths: ReadonlyMap<AdapterDigest, string>;
  readonly isInUse: (digest: AdapterDigest) => boolean;
  /** Resolves when a token came out with it. */
  readonly sayOneToken: (digest: AdapterDigest) => Promise<void>;
  readonly tell: (message: AdapterLoaded | AdapterFailed) => void;
}

export class AdapterDesk {
  readonly #ports: AdapterDeskPorts;
  readonly #residents = new Set<AdapterDigest>();
  readonly #loading = new Set<AdapterDigest>();
  /** The server has it still, whatever it was told: its slot is not free. */
  readonly #stuck = new Set<AdapterDigest>();
  #work: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(ports: AdapterDeskPorts) {
    this.#ports = ports;
  }

  has(digest: AdapterDigest): boolean {
    return this.#residents.has(digest);
  }

  /** Its life is over. */
  close(): void {
    this.#isClosed = true;
  }

  /** The server does not know it, though it was loaded. */
  lost(digest: AdapterDigest): void {
    this.#residents.delete(digest);
  }

  load({ digest, evict }: EngineLoadAdapter): void {
    if (this.#residents.has(digest)) return this.#tellLoaded(digest);
    if (this.#loading.has(digest)) return;
    const path = this.#ports.paths.get(digest);
    if (path === undefined) return this.#tellFailed(digest, "no path of it is in the fleet file");
    const evicts = evict !== "" && this.#residents.has(evict);
    if (evicts && this.#ports.isInUse(evict)) return this.#tellFailed(digest, "evict-in-use");
    if (evicts) this.#residents.delete(evict);
    const taken = this.#residents.size + this.#loading.size + this.#stuck.size;
    if (taken >= this.#ports.slots) {
      if (evicts) this.#residents.add(evict);
      return this.#tellFailed(digest, "no-slot");
    }
    this.#loading.add(digest);
    // One at a time: a slot is free when the server has said that the last adapter left it.
    this.#work = this.#work.then(() => this.#exchange(digest, path, evicts ? evict : ""));
  }

  async #exchange(digest: AdapterDigest, path: string, evict: AdapterDigest | ""): Promise<void> {
    try {
      if (evict !== "") await this.#unload(evict);
      await this.#ports.dialect.load(digest, path);
      await this.#ports.sayOneToken(digest);
      if (this.#isClosed) return;
      this.#loading.delete(digest);
      this.#residents.add(digest);
      this.#tellLoaded(digest);
    } catch (error) {
      if (this.#isClosed) return;
      this.#loading.delete(digest);
      await this.#unload(digest).catch(() => undefined);
      this.#tellFailed(digest, faultOf(error).message);
    }
  }

  async #unload(digest: AdapterDigest): Promise<void> {
    try {
      await this.#ports.dialect.unload(digest);
      this.#stuck.delete(digest);
    } catch (error) {
      // That it has none of this name is as good.
      const { status } = faultOf(error);
      if (status === 404 || status === 400) return;
      this.#stuck.add(digest);
      throw error;
    }
  }

  #tellLoaded(digest: AdapterDigest): void {
    this.#ports.tell({ kind: "adapter-loaded", digest, residents: [...this.#residents] });
  }

  #tellFailed(digest: AdapterDigest, reason: string): void {
    this.#ports.tell({ kind: "adapter-failed", digest, reason });
  }
}
