// One question to nvidia-smi: started, read to its end, killed when it takes too long. It is asked anew each time and not left
// running, because how it ends says what its lines may not: 15 is a GPU that fell off the bus, 9 a driver that is not loaded
// (RETURN VALUE in its manual page).

import type { Ended } from "./bounded-process.ts";
import { BoundedProcess } from "./bounded-process.ts";
import type { SmiField, SmiGpu } from "./smi-row.ts";
import { isOptionalField, smiFields, smiRow } from "./smi-row.ts";

/** `absent`: there is no such program. `lost`: it says so of a GPU. `unreachable`: it has no handle of one, and does not say why. `unreadable`: it failed, or said what is no answer. `silent`: it was killed. */
export type SmiAnswer =
  | { readonly kind: "gpus"; readonly gpus: readonly SmiGpu[] }
  | {
      readonly kind: "absent" | "lost" | "unreachable" | "unreadable" | "silent";
      readonly why: string;
    };

export interface SmiOptions {
  readonly program: string;
  /** UUIDs or indices; empty: all that there are. */
  readonly ids: readonly string[];
  readonly deadlineMs: number;
}

/** A row is 300 of them. */
const charactersMax = 64 * 1024;

export class NvidiaSmi {
  readonly #options: SmiOptions;
  #fields: readonly SmiField[] = smiFields;
  /** While it runs, be it beyond its deadline, no second one is started beside it. */
  #last: BoundedProcess | undefined;

  constructor(options: SmiOptions) {
    this.#options = options;
  }

  async ask(): Promise<SmiAnswer> {
    for (;;) {
      if (this.#last?.isRunning === true) return silent("the last one has not ended since");
      this.#last = this.#start();
      const ended = await this.#last.ended;
      const unknown = unknownField(ended, this.#fields);
      if (unknown === undefined) return answerOf(ended, this.#fields, this.#options.ids.length);
      // Another name or an older driver: everything else can still be read.
      this.#fields = this.#fields.filter((field) => field !== unknown);
    }
  }

  stop(): void {
    this.#last?.kill();
  }

  #start(): BoundedProcess {
    const { program, ids, deadlineMs } = this.#options;
    const args = [
      `--query-gpu=${this.#fields.join(",")}`,
      "--format=csv,noheader,nounits",
      ...(ids.length === 0 ? [] : [`--id=${ids.join(",")}`]),
    ];
    return new BoundedProcess(program, args, { deadlineMs, charactersMax });
  }
}

const silent = (why: string): SmiAnswer => ({
  kind: "silent",
  why: `nvidia-smi does not answer: ${why}`,
});

const unreadable = (why: string): SmiAnswer => ({ kind: "unreadable", why: `nvidia-smi ${why}` });

function unknownField(
  { stdout, stderr }: Ended,
  fields: readonly SmiField[],
): SmiField | undefined {
  const refusal = /Field "([^"]*)" is not a valid field to query/;
  const [, name = ""] = refusal.exec(stdout) ?? refusal.exec(stderr) ?? [];
  return fields.find((field) => field === name && isOptionalField(name));
}

function answerOf(ended: Ended, fields: readonly SmiField[], asked: number): SmiAnswer {
  const { verdict } = ended;
  switch (verdict.how) {
    case "absent":
      return { kind: "absent", why: "nvidia-smi is not there" };
    case "failed":
      return unreadable(`cannot be run: ${verdict.why}`);
    case "flood":
      return unreadable(`said more than ${charactersMax} characters`);
    case "silent":
      return silent("it was killed");
    case "exited":
      return spoken(verdict.code, wordsOf(ended, fields), asked);
    default:
      return verdict satisfies never;
  }
}

interface Words {
  readonly gpus: readonly SmiGpu[];
  /** What stands among the rows and is none. */
  readonly strays: readonly string[];
  /** Of both outputs, the rows left out. */
  readonly remarks: readonly string[];
}

function wordsOf({ stdout, stderr }: Ended, fields: readonly SmiField[]): Words {
  const lines = linesOf(stdout).map((line) => [line, smiRow(line, fields)] as const);
  const others = lines.filter(([, gpu]) => gpu === undefined).map(([line]) => line);
  return {
    gpus: lines.map(([, gpu]) => gpu).filter((gpu) => gpu !== undefined),
    strays: others.filter((line) => !/^\s*warning:/i.test(line)),
    remarks: [...others, ...linesOf(stderr)],
  };
}

const linesOf = (text: string): readonly string[] =>
  text.split("\n").filter((line) => line.trim() !== "");

/** By its manual page. */
const fellOffTheBus = 15;

/**
 * Rows are believed where each GPU that was asked for has one, whatever is said beside them: a warning about one that works is
 * repeated for ever. Asked for all, nobody knows how many rows that is: then nothing may tell of a GPU without one.
 */
function spoken(code: number, { gpus, strays, remarks }: Words, asked: number): SmiAnswer {
  const hasRows = code === 0 && gpus.length > 0;
  if (hasRows && gpus.length === asked) return { kind: "gpus", gpus };
  const loss = lossOf(code, remarks);
  if (loss !== undefined) return loss;
  if (hasRows && strays.length === 0) return { kind: "gpus", gpus };
  return unreadable(`ended with ${code} and said: ${short(strays[0] ?? remarks[0] ?? "nothing")}`);
}

function lossOf(code: number, remarks: readonly string[]): SmiAnswer | undefined {
  const said = (pattern: RegExp): string | undefined => remarks.find((line) => pattern.test(line));
  const offTheBus = code === fellOffTheBus ? (remarks[0] ?? `it ended with ${code}`) : undefined;
  const lost = said(/GPU is lost/) ?? offTheBus;
  if (lost !== undefined) return { kind: "lost", why: short(lost) };
  const unreachable = said(/Unable to determine the device handle|No devices were found/);
  return unreachable === undefined ? undefined : { kind: "unreachable", why: short(unreachable) };
}

const short = (line: string): string => line.trim().slice(0, 160);
