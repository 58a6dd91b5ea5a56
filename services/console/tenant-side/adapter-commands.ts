// Commands about a tenant's own adapters: `adapter upload FILE`, `adapter list`, `adapter show NAME`, `adapter delete NAME`.

import { cannotRead } from "#shared/config/file-reason.ts";
import { CommandFailure, wrongOperand } from "#services/console/command-failure.ts";
import type { Command, CommandCall } from "#services/console/commands.ts";
import { textTable } from "#services/console/text-table.ts";

const verbs = ["upload", "list", "show", "delete"] as const;
type Verb = (typeof verbs)[number];

export const adapterCommands: readonly Command[] = [
  {
    name: "adapter",
    usage: "adapter upload FILE | list | show NAME | delete NAME",
    does: "a tenant's own LoRA adapters, by its key in FAIRLEAD_API_KEY: bring one, see them, delete one",
    operands: ["verb", "subject"],
    mayLackLast: true,
    options: ["name", "base", "alpha", "url"],
    explains: [
      [
        "upload FILE",
        "a safetensors or GGUF file; --base M the model that it was trained on, --name N",
      ],
      [
        "",
        "what to call it; --alpha A, of a safetensors file, lora_alpha of its adapter_config.json",
      ],
      ["list", "those of the tenant, and what became of each"],
      ["show NAME", "all that is known of one"],
      ["delete NAME", "it and its bytes; who calls it is told that there is none"],
      ["--url URL", "where tenants call (default FAIRLEAD_URL, else http://127.0.0.1 on"],
      ["", "FAIRLEAD_HTTP_PORT or 8080)"],
      ["CALL IT", "what to write in `model`"],
    ],
    run,
  },
];

interface Adapter {
  readonly id: string;
  readonly model: string;
  readonly status: string;
  readonly reason: string | null;
  readonly tried: boolean;
  readonly digest: string;
  /** Another one: a rollout has moved the name. */
  readonly served_digest: string;
  readonly bytes: number;
  readonly format: string;
  readonly rank: number;
  readonly alpha: number;
  readonly target_modules: readonly string[];
}

async function run(call: CommandCall): Promise<void> {
  const [verb = "", subject = ""] = call.words;
  if (!isVerb(verb)) throw wrongOperand(`adapter knows ${verbs.join(", ")}, not ${verb}`);
  if ((verb === "list") !== (subject === "")) {
    const expected = verb === "upload" ? "upload FILE" : `${verb} NAME`;
    throw wrongOperand(
      verb === "list" ? "adapter list takes no name" : `expected: fairlead adapter ${expected}`,
    );
  }
  const answer = await ask[verb](call, subject);
  call.terminal.print(call.isJson ? JSON.stringify(answer) : textOf[verb](answer as never));
}

const isVerb = (word: string): word is Verb => (verbs as readonly string[]).includes(word);

const root = "/v1/adapters";
const one = (name: string): string => `${root}/${encodeURIComponent(name)}`;

const ask: Readonly<Record<Verb, (call: CommandCall, subject: string) => Promise<unknown>>> = {
  upload,
  list: ({ tenant }) => tenant.ask("GET", root),
  show: ({ tenant }, name) => tenant.ask("GET", one(name)),
  delete: ({ tenant }, name) => tenant.ask("DELETE", one(name)),
};

async function upload({ tenant, terminal, options }: CommandCall, file: string): Promise<unknown> {
  const { name, base, alpha } = options;
  if (name === undefined || base === undefined) {
    throw wrongOperand("expected: fairlead adapter upload FILE --name N --base M");
  }
  const body = await terminal.openFile(file).catch((error: unknown) => {
    throw new CommandFailure(cannotRead(file, error).message, { code: "unreadable_file" });
  });
  const query = new URLSearchParams({
    name,
    base_model: base,
    ...(alpha === undefined ? {} : { alpha }),
  });
  return tenant.ask("POST", `${root}?${query.toString()}`, body);
}

const textOf: Readonly<Record<Verb, (answer: never) => string>> = {
  upload: ({ model, rank, bytes, tried }: Adapter) =>
    `${model} is ready (rank ${rank}, ${bytes} bytes${tried ? ", tried on a worker" : ""}): write that in \`model\``,
  list: ({ data }: { readonly data: readonly Adapter[] }) =>
    data.length === 0
      ? "no adapters of this tenant's own"
      : textTable(
          ["NAME", "STATUS", "CALL IT", "RANK", "BYTES", "DIGEST"],
          data.map((each) => [
            each.id,
            each.reason === null ? each.status : `${each.status}: ${each.reason}`,
            each.model,
            each.rank,
            each.bytes,
            each.served_digest === each.digest
              ? each.digest.slice(0, 12)
              : `${each.digest.slice(0, 12)}, moved to ${each.served_digest.slice(0, 12)}`,
          ]),
        ),
  show: (adapter: Adapter) =>
    Object.entries(adapter)
      .filter(([, value]) => value !== null)
      .map(([name, value]) => `  ${name.padEnd(14)}  ${String(value)}`)
      .join("\n"),
  delete: ({ id }: { readonly id: string }) => `${id} is deleted`,
};
