// Commands about dead letters: `dlq list`, `dlq show ID`, `dlq replay ID`, `dlq drop ID`.

import type { DeadLetter } from "#shared/bus/dead-letters.ts";
import { wrongOperand } from "#services/console/command-failure.ts";
import type { Command, CommandCall } from "#services/console/commands.ts";
import { textTable } from "#services/console/text-table.ts";

const verbs = ["list", "show", "replay", "drop"] as const;
type Verb = (typeof verbs)[number];

export const deadLetterCommands: readonly Command[] = [
  {
    name: "dlq",
    usage: "dlq list | show ID | replay ID | drop ID",
    does: "requests that were accepted and failed for good; and letting one be sent again",
    operands: ["verb", "id"],
    mayLackLast: true,
    options: ["tenant", "limit"],
    explains: [
      ["list", "newest first; --tenant T only this tenant's, --limit N at most N (default 50)"],
      [
        "show ID",
        "all that is kept of one: cause, attempts, sizes, parameters, times; no prompt is",
      ],
      ["replay ID", "sends nothing, for the prompt is not kept: it lifts what is held against the"],
      ["", "request, so that its client may send it again; its letter stays"],
      ["drop ID", "forget the letter; what is held against the request stays"],
      ["ID", "a request's id, as in: fairlead dlq list"],
      ["DIGEST", "the same for the same request of the same tenant, under whatever id"],
      ["CRASHES", "engines that died with it in flight"],
    ],
    run,
  },
];

async function run(call: CommandCall): Promise<void> {
  const [verb = "", id = ""] = call.words;
  if (!isVerb(verb)) throw wrongOperand(`dlq knows ${verbs.join(", ")}, not ${verb}`);
  if ((verb === "list") !== (id === "")) {
    throw wrongOperand(
      verb === "list" ? "dlq list takes no id" : `expected: fairlead dlq ${verb} ID`,
    );
  }
  if (verb !== "list" && Object.keys(call.options).length > 0) {
    throw wrongOperand(`dlq ${verb} has no options`);
  }
  const { text, answer } = await does[verb](call, encodeURIComponent(id));
  call.terminal.print(call.isJson ? JSON.stringify(answer) : text);
}

const isVerb = (word: string): word is Verb => (verbs as readonly string[]).includes(word);

interface Told {
  readonly text: string;
  readonly answer: unknown;
}

const root = "/admin/v1/dead-letters";

const does: Readonly<Record<Verb, (call: CommandCall, id: string) => Promise<Told>>> = {
  list: async ({ client, options }) => {
    const given = Object.entries(options).flatMap(([name, value]) =>
      value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`],
    );
    const answer = await client.get(`${root}${given.length === 0 ? "" : `?${given.join("&")}`}`);
    return {
      answer,
      text: listText((answer as { deadLetters: readonly DeadLetter[] }).deadLetters),
    };
  },
  show: async ({ client }, id) => {
    const answer = await client.get(`${root}/${id}`);
    return { answer, text: letterText(answer as DeadLetter) };
  },
  replay: async ({ client }, id) => {
    const answer = await client.write("POST", `${root}/${id}/replay`);
    return {
      answer,
      text: `nothing is held against request ${id} any more: its client may send it again`,
    };
  },
  drop: async ({ client }, id) => {
    const answer = await client.write("POST", `${root}/${id}/drop`);
    return { answer, text: `the letter of request ${id} is dropped` };
  },
};

const listText = (letters: readonly DeadLetter[]): string =>
  letters.length === 0
    ? "no dead letters"
    : textTable(
        ["REQUEST", "DIED", "TENANT", "MODEL", "CAUSE", "ATTEMPTS", "CRASHES", "PROMPT", "DIGEST"],
        letters.map((letter) => [
          letter.requestId,
          moment(letter.arrivedAtEpochMs + letter.afterMs),
          letter.tenant,
          letter.model,
          letter.cause,
          letter.attempts,
          letter.engineCrashes,
          letter.promptTokens,
          letter.digest.slice(0, 12),
        ]),
      );

function letterText(letter: DeadLetter): string {
  const { sampling, stopStrings, ignoreEos } = letter;
  const parameters = [
    `max_tokens ${letter.outputTokensMax}`,
    ...(letter.outputTokensMin > 0 ? [`min_tokens ${letter.outputTokensMin}`] : []),
    ...(ignoreEos ? ["ignore_eos"] : []),
    ...(stopStrings > 0 ? [`${stopStrings} stop strings`] : []),
    ...Object.entries(sampling).map(([name, value]) => `${name} ${value}`),
  ];
  const facts: readonly (readonly [string, string])[] = [
    ["cause", letter.cause],
    ["tenant", letter.tenant],
    ["model", `${letter.model} (version ${letter.modelVersion}) in ${letter.pool}`],
    ["adapter", letter.adapterDigest === "" ? "none" : letter.adapterDigest],
    ["arrived", `${moment(letter.arrivedAtEpochMs)} at ${letter.edge}`],
    ["died", `${letter.afterMs} ms later`],
    ["attempts", `${letter.attempts}, the last on ${letter.worker || "no worker"}`],
    ["crashes", `${letter.engineCrashes} engines died with it in flight`],
    ["tokens", `${letter.promptTokens} prompt, ${letter.deliveredTokens} delivered`],
    ["asked for", parameters.join(", ")],
    ["digest", letter.digest],
    ["prompt", "not kept"],
  ];
  const lines = facts.map(([name, value]) => `  ${name.padEnd(9)}  ${value}`);
  return [`request ${letter.requestId}`, ...lines].join("\n");
}

const moment = (epochMs: number): string => new Date(epochMs).toISOString();
