// The layer table: which files may import what. The table is the rule; nothing else decides.

import { importSpecifiers } from "./import-specifiers.ts";
import type { SourceFile } from "./source-tree.ts";

interface Layer {
  readonly name: string;
  readonly holds: (path: string) => boolean;
  /** Own folder (`./…`) is always allowed. */
  readonly mayImport: RegExp;
}

const isTest = (path: string): boolean => /\.(test|cases|bench)\.ts$/.test(path);
const isService = (path: string): boolean => path.startsWith("services/");

/** First match wins. */
const layers: readonly Layer[] = [
  {
    name: "compositions",
    holds: (path) =>
      path.startsWith("services/embedded/") ||
      path.startsWith("services/fleet/") ||
      path.startsWith("loadtest/") ||
      /^services\/[^/]+\/main\.ts$/.test(path) ||
      /\.(sim|live)\.test\.ts$/.test(path),
    mayImport: /./,
  },
  {
    name: "actors",
    holds: (path) => path.endsWith(".actor.ts"),
    mayImport: /^#shared\/(actor|messages|model)\//,
  },
  {
    name: "service tests",
    holds: (path) => isService(path) && isTest(path),
    mayImport: /^(#shared\/|#proto\/|node:|[a-z@])/,
  },
  {
    name: "services",
    holds: isService,
    mayImport: /^(#shared\/|#proto\/|node:|[a-z@])/,
  },
  {
    name: "model",
    holds: (path) => path.startsWith("shared/model/") && !isTest(path),
    mayImport: /^#shared\/model\//,
  },
  {
    name: "messages",
    holds: (path) => path.startsWith("shared/messages/") && !isTest(path),
    mayImport: /^#shared\/(messages|model|actor)\//,
  },
  {
    name: "shared",
    holds: (path) => path.startsWith("shared/"),
    mayImport: /^(#shared\/|node:|[a-z@])/,
  },
  { name: "scripts", holds: () => true, mayImport: /^(#shared\/|#deploy\/|node:|[a-z@])/ },
];

/** npm packages that only the file named after them may import, so that a vendor can be replaced in one place. */
const vendorFiles: Readonly<Record<string, RegExp>> = {
  "@electric-sql/pglite": /pglite/,
  "@grpc/grpc-js": /grpc/,
  "@huggingface/jinja": /jinja/,
  "@huggingface/tokenizers": /hugging-face/,
  "@nats-io": /nats|jetstream/,
  aws4fetch: /aws4fetch/,
  etcd3: /etcd/,
  msgpackr: /msgpackr/,
  pg: /postgres/,
  pino: /pino/,
  "prom-client": /prom-client/,
};

export function layerViolations(files: readonly SourceFile[]): readonly string[] {
  return files.filter((file) => file.path.endsWith(".ts")).flatMap(violationsOf);
}

function violationsOf({ path, text }: SourceFile): readonly string[] {
  const layer = layers.find((candidate) => candidate.holds(path));
  return importSpecifiers(text).flatMap((specifier) => {
    if (specifier.startsWith("../"))
      return [`${path}: leaves its folder by ${specifier}, not by a door`];
    if (specifier.startsWith("./") || isOwnDoor(path, specifier)) return [];
    if (layer !== undefined && !layer.mayImport.test(specifier)) {
      return [`${path}: a file of layer "${layer.name}" may not import ${specifier}`];
    }
    return vendorViolation(path, specifier);
  });
}

/** From one folder of a service to another of the same service. */
function isOwnDoor(path: string, specifier: string): boolean {
  const own = /^services\/[^/]+\//.exec(path)?.[0];
  return own !== undefined && !path.endsWith(".actor.ts") && specifier.startsWith(`#${own}`);
}

function vendorViolation(path: string, specifier: string): readonly string[] {
  const vendor = Object.keys(vendorFiles).find(
    (name) => specifier === name || specifier.startsWith(`${name}/`),
  );
  const named = vendor === undefined ? undefined : vendorFiles[vendor];
  if (named === undefined || named.test(path) || isTest(path)) return [];
  return [`${path}: only a file named after ${vendor} may import it`];
}
