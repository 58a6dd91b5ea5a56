// Takes adapters in: a slot, then the bytes, judged and hashed as they come; then the registry, the object store, a trial on a
// worker, and the registry again. Law: what can be called has its bytes stored and has brought a token.

import type {
  AdapterDesk,
  BegunUpload,
  NotBegun,
  UploadEnd,
  UploadWish,
} from "#shared/model/adapter-desk.ts";
import type { AdapterTrial } from "#shared/model/adapter-trial.ts";
import type { Fleet, Model } from "#shared/model/fleet.ts";
import type { UploadTerms } from "#shared/model/tenant-policy.ts";
import { uploadTermsDefault } from "#shared/model/tenant-policy.ts";
import type { AdapterShelf, NewAdapter, UploadedAdapter } from "#shared/model/uploaded-adapter.ts";
import type { ObjectStore } from "#shared/object-store/object-store.ts";
import { ObjectFault } from "#shared/object-store/object-store.ts";
import type { CheckedAdapter, InspectionEnd } from "./file/inspection.ts";
import { Inspection } from "./file/inspection.ts";
import { Flaw } from "./file/flaw.ts";
import { formatsServed } from "./formats-served.ts";
import type { Spool } from "./spool.ts";
import { openSpool, openSpoolFolder } from "./spool.ts";
import { Turns } from "./turns.ts";
import { UploadTrials, reasonOf } from "./upload-trials.ts";
import { UploadAllowance } from "./upload-allowance.ts";
import { UploadSlots } from "./upload-slots.ts";

export interface IntakePorts {
  readonly store: ObjectStore;
  readonly shelf: AdapterShelf;
  readonly fleet: () => Fleet;
  readonly trial: AdapterTrial;
  /** For files on their way. This process's alone. */
  readonly folder: string;
  readonly nowMs: () => number;
  readonly note: (event: string, fields: Readonly<Record<string, string | number>>) => void;
}

export class Intake implements AdapterDesk {
  readonly #ports: IntakePorts;
  readonly #slots = new UploadSlots();
  readonly #allowance = new UploadAllowance();
  readonly #turns = new Turns();
  readonly #trials: UploadTrials;
  /** Trials that the last end of the process cut off. */
  #resumed: Promise<void> = Promise.resolve();

  constructor(ports: IntakePorts) {
    this.#ports = ports;
    this.#trials = new UploadTrials(ports, this.#turns);
    openSpoolFolder(ports.folder);
  }

  get openUploads(): number {
    return this.#slots.taken;
  }

  begin(wish: UploadWish): Promise<BegunUpload | NotBegun> {
    return Promise.resolve(this.#beginNow(wish));
  }

  #beginNow(wish: UploadWish): BegunUpload | NotBegun {
    const { tenant, model, name } = wish;
    const fleet = this.#ports.fleet();
    const terms = tenant.policy.uploads ?? uploadTermsDefault;
    if (model.shape === undefined) return "no-shape";
    if (formatsServed(fleet, model.id).length === 0) return "no-uploads";
    if (terms.adaptersMax === 0) return "full";
    const release = this.#slots.take(tenant.policy.tenant);
    if (release === undefined) return "busy";
    const retryAfterMs = this.#allowance.take(tenant.policy.tenant, this.#ports.nowMs());
    if (retryAfterMs > 0) {
      release();
      return { retryAfterMs };
    }
    return {
      bytesMax: terms.bytesMax,
      leave: release,
      take: async (body) => {
        try {
          return await this.#take(wish, terms, body);
        } catch (error) {
          this.#ports.note("adapter-intake.failed", {
            tenant: tenant.policy.tenant,
            name,
            reason: reasonOf(error),
          });
          return { kind: "failed", fault: error instanceof ObjectFault ? error.kind : "down" };
        } finally {
          release();
        }
      },
    };
  }

  list(tenant: string): Promise<readonly UploadedAdapter[]> {
    return this.#ports.shelf.list(tenant);
  }

  find(tenant: string, name: string): Promise<UploadedAdapter | undefined> {
    return this.#ports.shelf.find({ tenant, name });
  }

  /** False: there is none of that name. Bytes that nobody else has brought are gone, or are a note for an operator. */
  async remove(tenant: string, name: string): Promise<boolean> {
    for (;;) {
      const found = await this.#ports.shelf.find({ tenant, name });
      if (found === undefined) return false;
      const { digest } = found;
      const removed = await this.#turns.take(digest, () =>
        this.#trials.drop({ tenant, name, digest }),
      );
      // None: while this waited for its turn, it was deleted, and others may have come under its name.
      if (removed === undefined) continue;
      await this.#trials.followed(removed.version);
      return true;
    }
  }

  /**
   * What was being stored when the process ended: rejected with the reason if its bytes are not there; else, and what was being
   * tried, tried anew while others are served. Then bytes that nobody's adapter has are deleted. Before the first upload.
   */
  async recover(): Promise<void> {
    const left = await this.#settleAll();
    await this.#sweep();
    this.#resumed = this.#trials.resume(left);
  }

  /** Once no trial of the last life is open any more. */
  resumed(): Promise<void> {
    return this.#resumed;
  }

  /** Resolves with those that are on trial now. */
  async #settleAll(): Promise<readonly UploadedAdapter[]> {
    const { shelf, store, note } = this.#ports;
    const onTrial: UploadedAdapter[] = [];
    for (const adapter of await shelf.unsettled()) {
      const { tenant, name, digest, bytes } = adapter;
      const isThere = (await store.head(digest))?.bytes === bytes;
      if (isThere) {
        await shelf.try({ tenant, name, digest });
        onTrial.push(adapter);
      } else {
        const reason = "The upload was interrupted before its bytes were stored: upload it again.";
        await shelf.settle({ tenant, name, digest }, { status: "rejected", reason });
      }
      const status = isThere ? "trying" : "rejected";
      note("adapter-intake.recovered", { tenant, name, status });
    }
    return onTrial;
  }

  async #sweep(): Promise<void> {
    const { store, shelf, note } = this.#ports;
    for (const digest of (await store.list?.()) ?? []) {
      if (await shelf.hasBytes(digest)) continue;
      if (await this.#trials.deleteBytes(digest)) note("adapter-intake.swept", { digest });
    }
  }

  async #take(
    wish: UploadWish,
    terms: UploadTerms,
    body: AsyncIterable<Uint8Array>,
  ): Promise<UploadEnd> {
    const foreseen = await this.#foresee(wish, terms);
    if (foreseen !== undefined) return foreseen;
    const spool = await openSpool(this.#ports.folder);
    try {
      const inspected = await this.#inspect(wish, terms, { body, spool });
      if (inspected.kind === "flawed") this.#alert(wish, inspected.flaw);
      if (inspected.kind !== "adapter") return inspected;
      const digest = spool.digest();
      const checked = { ...inspected.adapter, digest };
      const kept = await this.#turns.take(digest, () =>
        this.#keep(wish, terms, { ...checked, spool }),
      );
      return kept ?? (await this.#trials.run(newAdapterOf(wish, checked)));
    } finally {
      await spool.remove();
    }
  }

  /** Before a long way for nothing; decided anew once the bytes are here. */
  async #foresee(wish: UploadWish, { adaptersMax }: UploadTerms): Promise<UploadEnd | undefined> {
    const own = await this.#ports.shelf.list(wish.tenant.policy.tenant);
    const others = own.filter(({ name }) => name !== wish.name);
    const standing = own.find(({ name }) => name === wish.name);
    if (standing !== undefined && standing.status !== "rejected") return { kind: "exists" };
    if (isOperators(this.#ports.fleet(), wish)) return { kind: "operators" };
    return others.length >= adaptersMax ? { kind: "full", adaptersMax } : undefined;
  }

  async #inspect(
    { model, alpha }: UploadWish,
    { rankMax, bytesMax }: UploadTerms,
    { body, spool }: { readonly body: AsyncIterable<Uint8Array>; readonly spool: Spool },
  ): Promise<InspectionEnd | Extract<UploadEnd, { kind: "cut-off" }>> {
    if (model.shape === undefined) throw new Error("nothing is taken for a model without a shape");
    const inspection = new Inspection({ shape: model.shape, rankMax, bytesMax, alpha });
    const reading = readingOf(body);
    for (;;) {
      const chunk = await reading.next();
      if (chunk === undefined) break;
      if (!(chunk instanceof Uint8Array)) return chunk;
      for (const slice of slicesOf(chunk)) {
        const flaw = inspection.add(slice);
        if (flaw !== undefined) {
          reading.leave();
          return { kind: "flawed", flaw };
        }
        // Others have their turn while it is written.
        await spool.add(slice);
      }
    }
    const end = inspection.end();
    return end.kind === "adapter" ? this.#served(model, end.adapter) : end;
  }

  #served(model: Model, adapter: CheckedAdapter): InspectionEnd {
    const formats = formatsServed(this.#ports.fleet(), model.id);
    if (formats.includes(adapter.format)) return { kind: "adapter", adapter };
    const message = `The engines of this model load ${formats.join(" or ")}; this file is ${adapter.format}.`;
    return { kind: "flawed", flaw: new Flaw("format_not_served", message) };
  }

  /** In the digest's turn. Undefined: it is on trial. */
  async #keep(
    wish: UploadWish,
    { adaptersMax }: UploadTerms,
    { spool, ...checked }: DigestedAdapter & { readonly spool: Spool },
  ): Promise<UploadEnd | undefined> {
    const { store, shelf } = this.#ports;
    const { tenant } = wish.tenant.policy;
    const { name } = wish;
    const { digest, bytes } = checked;
    const begun = await shelf.begin(newAdapterOf(wish, checked), adaptersMax);
    if (begun === "exists") return { kind: "exists" };
    if (begun === "full") return { kind: "full", adaptersMax };
    try {
      await store.put({ digest, bytes, body: spool.read() });
    } catch (error) {
      // A store may fail behind the last byte, too.
      await this.#trials.drop({ tenant, name, digest });
      throw error;
    }
    const version = await shelf.try({ tenant, name, digest });
    return version === undefined ? this.#trials.deleted(digest) : undefined;
  }

  /** A wrong file is its tenant's business; many of them, or a hostile one, an operator's. */
  #alert({ tenant: { policy }, name, model }: UploadWish, { code, at = "" }: Flaw): void {
    const fields = { tenant: policy.tenant, name, model: model.id, code, at };
    this.#ports.note("adapter-intake.flawed", fields);
  }
}

/** Of that name, where the tenant has none itself: what it has is in the fleet, too. */
const isOperators = ({ adapters }: Fleet, { tenant, name, model }: UploadWish): boolean =>
  adapters.some(
    (adapter) =>
      adapter.name === name &&
      adapter.model === model.id &&
      adapter.tenants.includes(tenant.policy.tenant),
  );

type DigestedAdapter = CheckedAdapter & { readonly digest: string };

const newAdapterOf = (
  { tenant, name, model }: UploadWish,
  checked: DigestedAdapter,
): NewAdapter => ({
  tenant: tenant.policy.tenant,
  name,
  model: model.id,
  ...checked,
});

type CutOff = Extract<UploadEnd, { kind: "cut-off" }>;

interface BodyReading {
  /** Undefined: its end. */
  readonly next: () => Promise<Uint8Array | CutOff | undefined>;
  readonly leave: () => void;
}

/** A body that fails is its sender's failure, not ours. */
function readingOf(body: AsyncIterable<Uint8Array>): BodyReading {
  const reader = body[Symbol.asyncIterator]();
  return {
    next: async () => {
      try {
        const next = await reader.next();
        return next.done === true ? undefined : next.value;
      } catch (error) {
        return { kind: "cut-off", error };
      }
    },
    leave: () => void reader.return?.(),
  };
}

/** What is judged without a pause. */
const sliceBytes = 65_536;

function* slicesOf(chunk: Uint8Array): Generator<Uint8Array, void, undefined> {
  for (let at = 0; at < chunk.length; at += sliceBytes) yield chunk.subarray(at, at + sliceBytes);
}
