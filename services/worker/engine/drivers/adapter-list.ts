// The adapters that an engine was started with. It holds them all; which of them the worker counts as resident, it is told
// as of an engine with so many slots, so that nothing runs with weights that nobody asked for.

import type { EngineLoadAdapter } from "#shared/messages/to-engine.ts";
import type { AdapterFailed, AdapterLoaded } from "#shared/messages/from-engine.ts";
import type { AdapterDigest } from "#shared/model/ids.ts";

export class AdapterList {
  readonly #known: ReadonlySet<AdapterDigest>;
  readonly #slots: number;
  readonly #residents = new Set<AdapterDigest>();

  constructor(known: Iterable<AdapterDigest>, slots: number) {
    this.#known = new Set(known);
    this.#slots = slots;
  }

  has(digest: AdapterDigest): boolean {
    return digest === "" || this.#residents.has(digest);
  }

  load(
    { digest, evict }: EngineLoadAdapter,
    isInUse: (digest: AdapterDigest) => boolean,
  ): AdapterLoaded | AdapterFailed {
    const failed = (reason: string): AdapterFailed => ({ kind: "adapter-failed", digest, reason });
    if (!this.#known.has(digest)) return failed("not-at-this-engine");
    if (!this.#residents.has(digest)) {
      if (evict !== "" && isInUse(evict)) return failed("evict-in-use");
      if (evict !== "") this.#residents.delete(evict);
      if (this.#residents.size >= this.#slots) return failed("no-slot");
      this.#residents.add(digest);
    }
    return { kind: "adapter-loaded", digest, residents: [...this.#residents] };
  }
}
