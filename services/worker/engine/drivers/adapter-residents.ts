// Which adapters a llama.cpp engine may be asked for. Laws: what is resident has the weights of its digest, whatever stands
// in its file by now, or it is not resident; none gives way while anything runs with it.

import type { EngineLoadAdapter } from "#shared/messages/to-engine.ts";
import type { AdapterFailed, AdapterLoaded } from "#shared/messages/from-engine.ts";
import type { ServedAdapter } from "#shared/model/fleet.ts";
import type { AdapterDigest } from "#shared/model/ids.ts";
import { whyNotItsFile } from "./adapter-file.ts";

export interface ResidentPorts {
  /** Rejects with why it cannot be used. */
  readonly add: (adapter: AdapterDigest, path: string) => Promise<unknown>;
  readonly drop: (adapter: AdapterDigest) => Promise<unknown>;
  readonly isInUse: (adapter: AdapterDigest) => boolean;
}

const reasonMax = 200;

export class AdapterResidents {
  readonly #paths: Map<AdapterDigest, string>;
  readonly #slots: number;
  readonly #ports: ResidentPorts;
  readonly #residents = new Set<AdapterDigest>();
  readonly #loading = new Set<AdapterDigest>();

  constructor(known: readonly ServedAdapter[], slots: number, ports: ResidentPorts) {
    this.#paths = new Map(known.map(({ digest, path }) => [digest, path]));
    this.#slots = slots;
    this.#ports = ports;
  }

  has(adapter: AdapterDigest): boolean {
    return adapter === "" || this.#residents.has(adapter);
  }

  /** Its file came later than this life. */
  learn(adapter: AdapterDigest, path: string): void {
    this.#paths.set(adapter, path);
  }

  /** Undefined: it is being loaded, and that will be answered. */
  async load(message: EngineLoadAdapter): Promise<AdapterLoaded | AdapterFailed | undefined> {
    const { digest, evict } = message;
    if (this.#loading.has(digest)) return undefined;
    const path = this.#paths.get(digest);
    if (path === undefined) return failed(digest, "not-at-this-engine");
    if (this.#residents.has(digest)) return this.#loaded(digest);
    if (evict !== "" && this.#ports.isInUse(evict)) return failed(digest, "evict-in-use");
    const isEvicted = this.#residents.delete(evict as AdapterDigest);
    if (isEvicted) void this.#ports.drop(evict as AdapterDigest).catch(() => undefined);
    if (this.#residents.size + this.#loading.size >= this.#slots) return failed(digest, "no-slot");
    this.#loading.add(digest);
    try {
      const why = await whyNotItsFile({ path, digest });
      if (why !== undefined) return failed(digest, why);
      await this.#ports.add(digest, path);
      this.#residents.add(digest);
      return this.#loaded(digest);
    } catch (error) {
      return failed(digest, error instanceof Error ? error.message : String(error));
    } finally {
      this.#loading.delete(digest);
    }
  }

  /** The life is over: nothing of it stays. */
  dropAll(): void {
    for (const adapter of this.#residents) void this.#ports.drop(adapter).catch(() => undefined);
    this.#residents.clear();
  }

  #loaded(digest: AdapterDigest): AdapterLoaded {
    return { kind: "adapter-loaded", digest, residents: [...this.#residents] };
  }
}

const failed = (digest: AdapterDigest, reason: string): AdapterFailed => ({
  kind: "adapter-failed",
  digest,
  reason: reason.slice(0, reasonMax),
});
