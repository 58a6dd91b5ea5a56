// One file on its way in, chunk by chunk: whether it is a LoRA adapter for a model, decided without running anything of it and
// without holding more than its header. Law: what is accepted is whole, and is what its header says.

import type { FilePlan } from "./file-plan.ts";
import { payloadBytes } from "./file-plan.ts";
import { Flaw } from "./flaw.ts";
import { GgufReading } from "./gguf-header.ts";
import type { LoraPair, LoraTerms } from "./lora-pairs.ts";
import { loraPairs } from "./lora-pairs.ts";
import {
  lengthBytes,
  readSafetensorsHeader,
  safetensorsHeaderBytes,
} from "./safetensors-header.ts";
import { ValueScan } from "./value-scan.ts";

export interface InspectionTerms extends LoraTerms {
  readonly bytesMax: number;
  /** Of a safetensors file, which does not say it. */
  readonly alpha: number | undefined;
}

export interface CheckedAdapter {
  readonly format: FilePlan["format"];
  readonly bytes: number;
  /** The largest of its pairs. */
  readonly rank: number;
  readonly alpha: number;
  readonly modules: readonly string[];
}

export type InspectionEnd =
  | { readonly kind: "adapter"; readonly adapter: CheckedAdapter }
  | { readonly kind: "flawed"; readonly flaw: Flaw };

/** What an adapter may change at most, by the norms of a pair: `alpha / rank × |A| × |B|`. */
const updateNormMax = 100_000;

export class Inspection {
  readonly #terms: InspectionTerms;
  #flaw: Flaw | undefined;
  #bytes = 0;
  /** Until the header is whole. */
  #held: Buffer[] = [];
  #heldBytes = 0;
  #readAgainAt = lengthBytes + 1;
  #gguf: GgufReading | undefined;
  #opened:
    | {
        readonly plan: FilePlan;
        readonly pairs: readonly LoraPair[];
        readonly alpha: number;
        readonly scan: ValueScan;
      }
    | undefined;

  constructor(terms: InspectionTerms) {
    this.#terms = terms;
  }

  /** What is wrong as soon as it is known: nothing more needs to be read. */
  add(given: Uint8Array): Flaw | undefined {
    const chunk = Buffer.from(given.buffer, given.byteOffset, given.length);
    return this.#try(() => {
      this.#bytes += chunk.length;
      if (this.#bytes > this.#terms.bytesMax) throw tooLarge(this.#terms);
      if (this.#opened === undefined) this.#hold(chunk);
      else this.#opened.scan.add(chunk);
    });
  }

  end(): InspectionEnd {
    let adapter: CheckedAdapter | undefined;
    const flaw = this.#try(() => {
      adapter = this.#finish();
    });
    if (adapter !== undefined) return { kind: "adapter", adapter };
    return { kind: "flawed", flaw: flaw ?? new Flaw("empty", "The file is empty.") };
  }

  #try(step: () => void): Flaw | undefined {
    if (this.#flaw !== undefined) return this.#flaw;
    try {
      step();
      return undefined;
    } catch (error) {
      if (!(error instanceof Flaw)) throw error;
      this.#held = [];
      this.#flaw = error;
      return error;
    }
  }

  #hold(chunk: Buffer): void {
    if (this.#gguf !== undefined) {
      this.#readGguf(this.#gguf, chunk);
      return;
    }
    this.#held.push(chunk);
    this.#heldBytes += chunk.length;
    if (this.#heldBytes >= this.#readAgainAt) this.#readHeader();
  }

  #readHeader(): void {
    const start = Buffer.concat(this.#held, this.#heldBytes);
    if (isGguf(start)) {
      this.#gguf = new GgufReading();
      this.#held = [];
      this.#heldBytes = 0;
      this.#readGguf(this.#gguf, start);
      return;
    }
    this.#held = [start];
    const plan = this.#readSafetensors(start);
    if (plan === undefined) return;
    this.#held = [];
    this.#open(plan, start.subarray(plan.headerBytes));
  }

  #readGguf(reading: GgufReading, chunk: Buffer): void {
    const header = reading.add(chunk);
    if (header !== undefined) this.#open(header.plan, header.rest);
  }

  #readSafetensors(start: Buffer): FilePlan | undefined {
    refuseOthers(start);
    const headerBytes = safetensorsHeaderBytes(start);
    this.#readAgainAt = headerBytes;
    if (start.length < headerBytes) return undefined;
    return readSafetensorsHeader(start.subarray(0, headerBytes));
  }

  #open(plan: FilePlan, rest: Buffer): void {
    const bytes = plan.headerBytes + payloadBytes(plan);
    if (bytes > this.#terms.bytesMax) throw tooLarge(this.#terms);
    const alpha = plan.format === "gguf" ? ggufAlpha(plan, this.#terms) : givenAlpha(this.#terms);
    const pairs = loraPairs(plan, this.#terms);
    this.#opened = { plan, pairs, alpha, scan: new ValueScan(plan) };
    this.#gguf = undefined;
    this.#opened.scan.add(rest);
  }

  #finish(): CheckedAdapter {
    if (this.#bytes === 0) throw new Flaw("empty", "The file is empty.");
    // One that is shorter than the next reading is read as it is.
    if (this.#opened === undefined && this.#heldBytes >= lengthBytes) this.#readHeader();
    const opened = this.#opened;
    if (opened === undefined) {
      refuseOthers(Buffer.concat(this.#held));
      throw new Flaw("truncated", "The file ends inside its header.");
    }
    const { plan, pairs, alpha, scan } = opened;
    const expected = payloadBytes(plan);
    if (scan.passedBytes < expected) {
      const message = `The file ends after ${scan.passedBytes} of ${expected} bytes of tensors.`;
      throw new Flaw("truncated", message);
    }
    for (const pair of pairs) checkNorm(pair, alpha, scan);
    return {
      format: plan.format,
      bytes: this.#bytes,
      rank: Math.max(...pairs.map(({ rank }) => rank)),
      alpha,
      modules: [...new Set(pairs.map(({ module }) => module))].toSorted(),
    };
  }
}

const tooLarge = ({ bytesMax }: InspectionTerms): Flaw =>
  new Flaw("too_large", `An adapter may have ${bytesMax} bytes here.`);

const isGguf = (start: Buffer): boolean => start.subarray(0, 4).toString("latin1") === "GGUF";

/** By their first bytes, in hex. Nothing is ever unpacked. */
const others: readonly (readonly [start: string, is: string])[] = [
  ["504b", "a zip archive, or a PyTorch checkpoint, which is one"],
  ["1f8b", "compressed by gzip"],
  ["28b52ffd", "compressed by zstd"],
  ["fd377a58", "compressed by xz"],
  ["425a68", "compressed by bzip2"],
  ["377abcaf", "a 7z archive"],
  ["80", "a Python pickle"],
];

function refuseOthers(start: Buffer): void {
  const hex = start.subarray(0, 4).toString("hex");
  // The length of a header may begin with 80 as well; a header's text follows it.
  const isHeader = start.length > lengthBytes && start[lengthBytes] === 0x7b;
  const other = isHeader ? undefined : others.find(([magic]) => hex.startsWith(magic));
  if (other === undefined) return;
  const message = `The file is ${other[1]}. Send the safetensors or GGUF file itself.`;
  throw new Flaw("archive", message);
}

function ggufAlpha({ said }: FilePlan, { shape, alpha }: InspectionTerms): number {
  const expected = [
    ["general.type", "adapter", "not_lora"],
    ["adapter.type", "lora", "not_lora"],
    ["general.architecture", shape.architecture, "wrong_base"],
  ] as const;
  for (const [key, value, code] of expected) {
    if (said.get(key) === value) continue;
    throw new Flaw(code, `The file must say "${value}" here.`, key);
  }
  if (alpha !== undefined) {
    throw new Flaw("bad_alpha", "A GGUF says its own alpha: leave the parameter out.", "alpha");
  }
  return checkedAlpha(said.get("adapter.lora.alpha"), "adapter.lora.alpha");
}

function givenAlpha({ alpha }: InspectionTerms): number {
  if (alpha !== undefined) return checkedAlpha(alpha, "alpha");
  const message =
    "A safetensors file does not say its alpha: send lora_alpha of its adapter_config.json as `alpha`.";
  throw new Flaw("bad_alpha", message, "alpha");
}

function checkedAlpha(alpha: string | number | undefined, at: string): number {
  if (typeof alpha === "number" && alpha > 0 && alpha <= 65_536) return alpha;
  throw new Flaw("bad_alpha", "Alpha must be a number above 0, at most 65536.", at);
}

function checkNorm({ a, b, rank }: LoraPair, alpha: number, scan: ValueScan): void {
  const norm = (alpha / rank) * scan.normOf(a) * scan.normOf(b);
  if (norm <= updateNormMax) return;
  const message = `With alpha ${alpha} this pair changes its part by up to ${norm.toPrecision(4)}; ${updateNormMax} is the most that is served.`;
  throw new Flaw("norm_too_large", message, b.name);
}
