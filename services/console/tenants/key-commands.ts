// Commands about keys: `key create TENANT`, `key list`, `key rotate KEY`, `key revoke KEY`. A secret is printed once, by the
// command that makes it.

import type { KeyRevoked, KeyStanding } from "#shared/model/key-desk.ts";
import { wrongOperand } from "#services/console/command-failure.ts";
import type { Command, CommandCall } from "#services/console/commands.ts";
import { textTable } from "#services/console/text-table.ts";

/** With the options that each takes. */
const verbs = {
  create: ["expires", "models", "scopes"],
  list: ["tenant"],
  rotate: ["overlap", "expires"],
  revoke: [],
} as const satisfies Readonly<Record<string, readonly string[]>>;

type Verb = keyof typeof verbs;

export const keyCommands: readonly Command[] = [
  {
    name: "key",
    usage: "key create TENANT | list | rotate KEY | revoke KEY",
    does: "keys of tenants, beside those of the fleet file: made, replaced with an overlap, taken back",
    operands: ["verb", "of"],
    mayLackLast: true,
    options: ["expires", "models", "scopes", "overlap", "tenant"],
    explains: [
      ["create TENANT", "a new key, printed once; only its hash is kept. It works within a second"],
      [
        "--expires WHEN",
        "from then on it opens nothing, and its streams end: 2027-01-31T12:00:00Z, 90d, 12h",
      ],
      ["--models A,B", "only these of its tenant's: model (and its adapters), or model:adapter"],
      [
        "--scopes A,B",
        "only these: inference, adapters (to upload and manage its own), usage (its own books)",
      ],
      ["list", "keys of the fleet file and of commands; --tenant T: only this tenant's"],
      [
        "rotate KEY",
        "a new key with the same terms; the old one works for --overlap (default 24h,",
      ],
      ["", "30d at most, 0s: ends now). --expires WHEN: of the new one"],
      [
        "revoke KEY",
        "it opens nothing any more, and its streams end; a fleet file does not bring it back",
      ],
      ["KEY", "its handle, as in: fairlead key list; never the secret"],
    ],
    run,
  },
];

async function run(call: CommandCall): Promise<void> {
  const [verb = "", of = ""] = call.words;
  if (!isVerb(verb)) throw wrongOperand(`key knows ${Object.keys(verbs).join(", ")}, not ${verb}`);
  if ((verb === "list") !== (of === "")) {
    throw wrongOperand(
      verb === "list"
        ? "key list takes no operand"
        : `expected: fairlead key ${verb} ${verb === "create" ? "TENANT" : "KEY"}`,
    );
  }
  const own: readonly string[] = verbs[verb];
  const foreign = Object.keys(call.options).find((option) => !own.includes(option));
  if (foreign !== undefined) throw wrongOperand(`key ${verb} has no option --${foreign}`);
  const { text, answer } = await does[verb](call, of);
  call.terminal.print(call.isJson ? JSON.stringify(answer) : text);
}

const isVerb = (word: string): word is Verb => Object.hasOwn(verbs, word);

interface Told {
  readonly text: string;
  readonly answer: unknown;
}

const root = "/admin/v1/keys";

function parameters({ options }: CommandCall, more: Readonly<Record<string, string>> = {}): string {
  const given = Object.entries({ ...options, ...more }).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return given.length === 0 ? "" : `?${new URLSearchParams(given).toString()}`;
}

interface MadeAnswer extends KeyStanding {
  readonly secret: string;
  readonly version: number;
  readonly replaced?: { readonly id: string; readonly endsAtEpochMs: number };
}

const does: Readonly<Record<Verb, (call: CommandCall, of: string) => Promise<Told>>> = {
  create: async (call, tenant) => {
    const answer = await call.client.write("POST", `${root}${parameters(call, { tenant })}`);
    return { answer, text: madeText(answer as MadeAnswer) };
  },
  list: async (call) => {
    const answer = await call.client.get(`${root}${parameters(call)}`);
    return { answer, text: listText((answer as { keys: readonly KeyStanding[] }).keys) };
  },
  rotate: async (call, key) => {
    const path = `${root}/${encodeURIComponent(key)}/rotate${parameters(call)}`;
    const answer = await call.client.write("POST", path);
    return { answer, text: madeText(answer as MadeAnswer) };
  },
  revoke: async ({ client }, key) => {
    const answer = await client.write("POST", `${root}/${encodeURIComponent(key)}/revoke`);
    const { id, tenant, isChanged, version } = answer as KeyRevoked;
    const text = `${id} of ${tenant} is revoked${isChanged ? "" : " already"} (fleet version ${version})`;
    return { answer, text };
  },
};

function madeText({ secret, version, replaced, ...key }: MadeAnswer): string {
  const ends =
    replaced === undefined
      ? []
      : [`${replaced.id} ends ${momentText(replaced.endsAtEpochMs)}: give the new key out before`];
  return [
    `${key.id} of ${key.tenant} (fleet version ${version}): ${termsText(key)}`,
    secret,
    "Keep it now: it is shown this once, and only its hash is kept.",
    ...ends,
  ].join("\n");
}

const termsText = ({ expiresAtEpochMs, models, scopes }: KeyStanding): string =>
  [
    expiresAtEpochMs === undefined ? "does not expire" : `expires ${momentText(expiresAtEpochMs)}`,
    models === undefined ? "every model of its tenant" : `models ${models.join(", ")}`,
    scopes === undefined ? "every scope" : `scopes ${scopes.join(", ")}`,
  ].join("; ");

const listText = (keys: readonly KeyStanding[]): string =>
  textTable(
    ["KEY", "TENANT", "STATE", "FROM", "ENDS", "MODELS", "SCOPES"],
    keys.map((key) => [
      key.id,
      key.tenant,
      key.state,
      key.from,
      key.expiresAtEpochMs === undefined ? "" : momentText(key.expiresAtEpochMs),
      key.models?.join(" ") ?? "all",
      key.scopes?.join(" ") ?? "all",
    ]),
  );

const momentText = (epochMs: number): string => new Date(epochMs).toISOString();
