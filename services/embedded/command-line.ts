// What `npm start` understands behind its name: nothing but a question for help. Settings are in the environment.

export const help: string = `npm start

Serves the whole platform on loopback until SIGTERM or Ctrl-C, which drain it. Settings are environment variables:
  FAIRLEAD_HTTP_PORT 8080, FAIRLEAD_GRPC_PORT 8081, FAIRLEAD_ADMIN_PORT 8082   0: any free port
  FAIRLEAD_DATA_DIRECTORY .fairlead                     ledger, registry, revisions; delete it to begin anew
  FAIRLEAD_FLEET_FILE deploy/fleet.example.yaml         the desired state to begin with
  FAIRLEAD_MODEL a.gguf, FAIRLEAD_ADAPTERS b.gguf,…     serve this model instead, on this machine
  FAIRLEAD_ENGINE_THREADS 1                             for it
  FAIRLEAD_DRAIN_PATIENCE 20s, FAIRLEAD_LOG_LEVEL warn
The rest is in services/embedded/README.md and services/edge/config.ts.`;

export type CommandLine =
  | { readonly kind: "start" }
  | { readonly kind: "help" }
  | { readonly kind: "mistake"; readonly why: string };

export function readCommandLine(words: readonly string[]): CommandLine {
  const [first] = words;
  if (first === undefined) return { kind: "start" };
  if (first === "--help" || first === "-h") return { kind: "help" };
  return { kind: "mistake", why: `"${first}" means nothing here` };
}
