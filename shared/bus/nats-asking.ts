// Questions to every process at once, over NATS: each answers for itself, the asker waits for those it expects and
// never longer than it said.

import type { Msg } from "@nats-io/transport-node";
import { createInbox } from "@nats-io/transport-node";
import { reasonOf } from "#shared/actor/message-words.ts";
import type { Answering, AskOptions, Asking, Gathered, ProcessAnswer } from "./asking.ts";
import { packAnswer, packQuestion, unpackAnswer, unpackQuestion } from "./msgpackr-question.ts";
import type { NatsLink } from "./nats-connection.ts";
import { inboxPrefixOf, questionSubjects } from "./nats-permissions.ts";

/** In place of an answer: why there is none. */
export interface AnswerFault {
  readonly error: string;
}

const packedBytesMax = 512 * 1024;
const asksAtOnceMax = 64;
const answersMax = 2_000;
const questionPattern = /^[\w-]+$/;

export function natsAsking(link: NatsLink): Asking & Answering {
  const { connection, process } = link;
  let asks = 0;
  return {
    ask: async (question, body, options) => {
      const subject = subjectOf(question);
      const packed = packQuestion(body);
      if (packed.length > packedBytesMax) {
        throw new Error(`question ${question}: ${packed.length} bytes are too many`);
      }
      if (asks >= asksAtOnceMax) throw new Error(`question ${question}: too many are being asked`);
      if (!link.isUp()) return { answers: [], silent: options.expected };
      asks++;
      try {
        return await gather(link, { subject, packed, options });
      } finally {
        asks--;
      }
    },
    answer: (question, answer) => {
      const subscription = connection.subscribe(subjectOf(question), {
        callback: (error: Error | null, asked: Msg) => {
          if (error === null) asked.respond(answerTo(asked, process, answer));
        },
      });
      return () => subscription.unsubscribe();
    },
  };
}

interface Round {
  readonly subject: string;
  readonly packed: Uint8Array;
  readonly options: AskOptions;
}

function gather(
  { connection, role }: NatsLink,
  { subject, packed, options }: Round,
): Promise<Gathered> {
  const inbox = createInbox(inboxPrefixOf(role));
  const answers = new Map<string, ProcessAnswer>();
  const silent = new Set(options.expected);
  const hear = (answered: Msg): void => {
    const unpacked = unpackAnswer(answered.data);
    if (unpacked.kind === "malformed" || answers.size >= answersMax) return;
    const { process, answer } = unpacked;
    answers.set(process, { process, answer });
    silent.delete(process);
  };
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      subscription.unsubscribe();
      resolve({ answers: [...answers.values()], silent: [...silent] });
    };
    const subscription = connection.subscribe(inbox, {
      callback: (error: Error | null, answered: Msg) => {
        const isOver = error !== null || hasNoListener(answered);
        if (!isOver) hear(answered);
        if (isOver || silent.size === 0) end();
      },
    });
    const timer = setTimeout(end, options.timeoutMs);
    connection.publish(subject, packed, { reply: inbox });
  });
}

function subjectOf(question: string): string {
  if (!questionPattern.test(question)) throw new Error(`"${question}" is no question's name`);
  return `${questionSubjects}.${question}`;
}

/** The server's own word that nobody answers such questions. */
const hasNoListener = (answered: Msg): boolean =>
  answered.data.length === 0 && answered.headers?.code === 503;

function answerTo(asked: Msg, process: string, answer: (body: unknown) => unknown): Uint8Array {
  const question = unpackQuestion(asked.data);
  const fault = (error: string): Uint8Array => packAnswer(process, { error } satisfies AnswerFault);
  if (question.kind === "malformed") return fault(question.reason);
  try {
    const packed = packAnswer(process, answer(question.body));
    return packed.length <= packedBytesMax
      ? packed
      : fault(`its answer of ${packed.length} bytes is too large`);
  } catch (bug) {
    return fault(reasonOf(bug));
  }
}
