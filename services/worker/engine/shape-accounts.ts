// Of what shape the GPU time of a replica was since its engine came up: by tenant and adapter, by kind of work. Law: the accounts' kinds
// add up to what sequences had in all, and their loads to the time in which nothing ran but an adapter came in.

import type { ShapeGpuWord } from "#shared/model/gpu-shapes.ts";
import type { AdapterDigest, TenantId } from "#shared/model/ids.ts";
import type { EngineSequence } from "./engine-sequence.ts";

type ShapeAccount = { -readonly [Field in keyof ShapeGpuWord]: ShapeGpuWord[Field] };

/** An adapter that comes in: the time before it is there, and after those before it are, is its own. */
interface ComingIn {
  readonly digest: AdapterDigest;
  readonly doneUs: number;
}

/** The rest share the last account, which has no name. */
const accountsMax = 4096;

type StepPart = Pick<
  EngineSequence,
  "isDecoding" | "share" | "adapterDigest" | "stepCostMs" | "stepAdapterMs"
>;

export class ShapeAccounts {
  /** By adapter, and then by tenant: no key is made of both, for a step has hundreds of sequences. */
  readonly #accounts = new Map<AdapterDigest, Map<TenantId | "", ShapeAccount>>();
  #count = 0;
  /** In the order in which they will be there. */
  #comingIn: ComingIn[] = [];

  /** A sequence's part of a step, and what of it was recomputation. */
  charge(sequence: StepPart, gpuUs: number, recomputeUs: number): void {
    const { isDecoding, share, adapterDigest, stepCostMs, stepAdapterMs } = sequence;
    const account = this.#of(share.tenant, adapterDigest);
    const newUs = gpuUs - recomputeUs;
    const adapterUs = Math.floor((newUs * stepAdapterMs) / stepCostMs);
    account.recomputeUs += recomputeUs;
    account.adapterUs += adapterUs;
    account[isDecoding ? "decodeUs" : "prefillUs"] += newUs - adapterUs;
  }

  beginLoad(digest: AdapterDigest, doneUs: number): void {
    this.#of("", digest).loads++;
    this.#comingIn = [...this.#comingIn, { digest, doneUs }].toSorted(
      (a, b) => a.doneUs - b.doneUs,
    );
  }

  /** Nothing ran from then until then but what came in. */
  chargeLoads(fromUs: number, untilUs: number, gpus: number): void {
    let atUs = fromUs;
    for (const { digest, doneUs } of this.#comingIn) {
      const endUs = Math.min(doneUs, untilUs);
      if (endUs <= atUs) continue;
      this.#of("", digest).loadUs += (endUs - atUs) * gpus;
      atUs = endUs;
    }
    this.#comingIn = this.#comingIn.filter(({ doneUs }) => doneUs > untilUs);
  }

  told(): readonly ShapeGpuWord[] {
    return [...this.#accounts.values()].flatMap((ofAdapter) =>
      [...ofAdapter.values()].map((account) => ({ ...account })),
    );
  }

  #of(tenant: TenantId | "", adapterDigest: AdapterDigest): ShapeAccount {
    const standing = this.#accounts.get(adapterDigest)?.get(tenant);
    if (standing !== undefined) return standing;
    const isLast = tenant === "" && adapterDigest === "";
    if (this.#count >= accountsMax && !isLast) return this.#of("", "" as AdapterDigest);
    this.#count++;
    const account: ShapeAccount = {
      tenant,
      adapterDigest,
      prefillUs: 0,
      decodeUs: 0,
      adapterUs: 0,
      recomputeUs: 0,
      loadUs: 0,
      loads: 0,
    };
    const ofAdapter = this.#accounts.get(adapterDigest) ?? new Map<TenantId | "", ShapeAccount>();
    this.#accounts.set(adapterDigest, ofAdapter);
    ofAdapter.set(tenant, account);
    return account;
  }
}
