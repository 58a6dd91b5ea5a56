// One question to nvidia-smi: started, read to its end, killed when it takes too long. It is asked anew each time and not left
// running, because how it ends says what its lines may not: 15 is a GPU that fell off the bus, 9 a driver that is not loaded
// (RETURN VALUE in its manual page).

import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
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

/** A row is 300 bytes. */
const outputMax = 64 * 1024;
/** After it was killed; a process in the hands of a driver that hangs does not die. */
const graceMs = 500;

export class NvidiaSmi {
  readonly #options: SmiOptions;
  #fields: readonly SmiField[] = smiFields;
  /** It may outlive its deadline: then no second one is started beside it. */
  #running: ChildProcess | undefined;

  constructor(options: SmiOptions) {
    this.#options = options;
  }

  async ask(): Promise<SmiAnswer> {
    for (;;) {
      if (this.#running !== undefined) return silent("the last one has not ended since");
      const ended = await this.#run();
      const unknown = unknownField(ended);
      if (unknown === undefined) return answerOf(ended, this.#fields);
      // Another name or an older driver: everything else can still be read.
      this.#fields = this.#fields.filter((field) => field !== unknown);
    }
  }

  stop(): void {
    this.#running?.kill("SIGKILL");
  }

  #run(): Promise<Ended> {
    const { program, ids, deadlineMs } = this.#options;
    const child = spawn(
      program,
      [
        `--query-gpu=${this.#fields.join(",")}`,
        "--format=csv,noheader,nounits",
        ...(ids.length === 0 ? [] : [`--id=${ids.join(",")}`]),
      ],
      { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, LC_ALL: "C" } },
    );
    this.#running = child;
    return new Promise<Ended>((resolve) => {
      let text = "";
      let timer: NodeJS.Timeout | undefined;
      const end = (ended: Omit<Ended, "text">): void => {
        clearTimeout(timer);
        resolve({ ...ended, text });
      };
      const hear = (chunk: string): void => {
        text += chunk;
        if (text.length > outputMax) child.kill("SIGKILL");
      };
      child.stdout.setEncoding("utf8").on("data", hear);
      child.stderr.setEncoding("utf8").on("data", hear);
      child.once("error", (error: NodeJS.ErrnoException) => {
        this.#running = undefined;
        end({ how: error.code === "ENOENT" ? "absent" : "failed", code: -1, why: error.message });
      });
      child.once("close", (code) => {
        this.#running = undefined;
        end({ how: "ended", code: code ?? -1 });
      });
      timer = setTimeout(() => {
        child.kill("SIGKILL");
        timer = setTimeout(() => end({ how: "silent", code: -1 }), graceMs);
        child.removeAllListeners("close").once("close", () => {
          this.#running = undefined;
          end({ how: "silent", code: -1 });
        });
      }, deadlineMs);
    });
  }
}

interface Ended {
  readonly how: "ended" | "absent" | "failed" | "silent";
  readonly code: number;
  readonly text: string;
  readonly why?: string;
}

const silent = (why: string): SmiAnswer => ({
  kind: "silent",
  why: `nvidia-smi does not answer: ${why}`,
});

function unknownField({ text }: Ended): SmiField | undefined {
  const [, field = ""] = /Field "([^"]*)" is not a valid field to query/.exec(text) ?? [];
  return isOptionalField(field) ? (field as SmiField) : undefined;
}

function answerOf({ how, code, text, why = "" }: Ended, fields: readonly SmiField[]): SmiAnswer {
  switch (how) {
    case "absent":
      return { kind: "absent", why: "nvidia-smi is not there" };
    case "failed":
      return { kind: "unreadable", why: `nvidia-smi cannot be started: ${why}` };
    case "silent":
      return silent("it was killed");
    case "ended":
      return spoken(code, text, fields);
    default:
      return how satisfies never;
  }
}

/** By its manual page. */
const fellOffTheBus = 15;

function spoken(code: number, text: string, fields: readonly SmiField[]): SmiAnswer {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const said = (pattern: RegExp): string | undefined => lines.find((line) => pattern.test(line));
  const lost = said(/GPU is lost/) ?? (code === fellOffTheBus ? (lines[0] ?? "") : undefined);
  const rows = lines.map((line) => smiRow(line, fields));
  const gpus = rows.filter((row) => row !== undefined);
  if (gpus.length > 0 && gpus.length === lines.length && code === 0) return { kind: "gpus", gpus };
  if (lost !== undefined) return { kind: "lost", why: short(lost) };
  const unreachable = said(/Unable to determine the device handle|No devices were found/);
  if (unreachable !== undefined) return { kind: "unreachable", why: short(unreachable) };
  const odd = lines.find((_, index) => rows[index] === undefined) ?? "nothing";
  return { kind: "unreadable", why: `nvidia-smi ended with ${code} and said: ${short(odd)}` };
}

const short = (line: string): string => line.trim().slice(0, 160);
