// Questions between processes that are none: the twin of the bus in tests. What is answered travels packed, and no
// more than the bus carries.

import { Packr } from "msgpackr";
import type { Answering, Asking, Gathered, ProcessAnswer } from "#shared/bus/asking.ts";

type Answer = (body: unknown) => unknown;

export interface LocalAsking {
  readonly asking: Asking;
  /** Of one process, which joins with it. */
  answeringOf(process: string): Answering;
  /** It hears, and says nothing, until told otherwise. */
  silence(process: string, isSilent: boolean): void;
  /** Every question that was asked, in order. */
  readonly asked: readonly { readonly question: string; readonly body: unknown }[];
  /** The longest answer so far, packed. */
  longestBytes(): number;
}

const answerBytesMax = 512 * 1024;
const packr = new Packr({ useRecords: false });

export function localAsking(): LocalAsking {
  const processes = new Map<string, Map<string, Answer>>();
  const silenced = new Set<string>();
  const asked: { readonly question: string; readonly body: unknown }[] = [];
  let longest = 0;
  const answerOf = (process: string, question: string, packed: Buffer): ProcessAnswer[] => {
    const answer = processes.get(process)?.get(question);
    if (answer === undefined || silenced.has(process)) return [];
    const told = packr.pack(answer(packr.unpack(packed)));
    longest = Math.max(longest, told.length);
    return told.length > answerBytesMax ? [] : [{ process, answer: packr.unpack(told) }];
  };
  return {
    asked,
    longestBytes: () => longest,
    silence: (process, isSilent) => {
      if (isSilent) silenced.add(process);
      else silenced.delete(process);
    },
    answeringOf: (process) => ({
      answer: (question, answer) => {
        const answers = processes.get(process) ?? new Map<string, Answer>();
        processes.set(process, answers.set(question, answer));
        return () => {
          answers.delete(question);
        };
      },
    }),
    asking: {
      ask: async (question, body, { timeoutMs, expected }): Promise<Gathered> => {
        asked.push({ question, body });
        const packed = packr.pack(body);
        await new Promise((resolve) => setImmediate(resolve));
        const answers = [...processes.keys()].flatMap((one) => answerOf(one, question, packed));
        const silent = expected.filter((one) => !answers.some(({ process }) => process === one));
        if (silent.length > 0) await new Promise((resolve) => setTimeout(resolve, timeoutMs));
        return { answers, silent };
      },
    },
  };
}
