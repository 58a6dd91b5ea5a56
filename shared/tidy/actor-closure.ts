// The central law, kept wherever an actor's logic lives: every file that a `*.actor.ts` reaches is as pure as the
// actor itself. It imports its own folder, `#shared/actor`, `#shared/messages` and `#shared/model`, and uses no
// clock, no chance, no timer, no I/O and no promise.

import { posix } from "node:path";
import { walkSource } from "./import-specifiers.ts";
import type { SourceFile } from "./source-tree.ts";

const pureDoors = /^#shared\/(actor|messages|model)\//;
const isActor = (path: string): boolean => path.endsWith(".actor.ts");

/** Names that let the world in. After a dot it is a property of something else. */
const worldly: RegExp = new RegExp(
  String.raw`(?<![\w$.#])(?:Date|performance|setTimeout|setInterval|setImmediate|queueMicrotask|` +
    String.raw`fetch|console|crypto|globalThis|eval|require|Promise|async|await)(?![\w$])|` +
    String.raw`(?<![\w$.])Math\s*(?:\?\.|\.)\s*random\b|(?<![\w$.])Math(?![\w$])(?!\s*\.)|` +
    String.raw`\bimport\s*[.(]`,
  "g",
);

/** A process of the fleet is a word of ours too: a file that binds the name may use its own, which has no members. */
const bindsProcess: RegExp = /\b(?:const|let)\s+[[{]?[^=;()]*\bprocess\b|\bprocess\??\s*:/;
const anyProcess: RegExp = /(?<![\w$.#])process(?![\w$])/;
const memberOfProcess: RegExp = /(?<![\w$.#])process\s*(?:\.|\?\.|\[)/;

/** Every file that some actor reaches, with that actor. */
export function actorClosure(files: readonly SourceFile[]): ReadonlyMap<string, string> {
  const texts = new Map(files.map(({ path, text }) => [path, text]));
  const reached = new Map<string, string>();
  for (const { path: actor } of files.filter(({ path }) => isActor(path))) {
    const open = [actor];
    for (let path = open.pop(); path !== undefined; path = open.pop()) {
      const text = texts.get(path);
      if (text === undefined || reached.has(path)) continue;
      reached.set(path, actor);
      const reachedNext = walkSource(text).specifiers.map((specifier) => fileOf(path, specifier));
      open.push(...reachedNext.filter((next) => next !== undefined));
    }
  }
  return reached;
}

export function closureViolations(files: readonly SourceFile[]): readonly string[] {
  const texts = new Map(files.map(({ path, text }) => [path, text]));
  return [...actorClosure(files)].flatMap(([path, actor]) => {
    const { specifiers, code } = walkSource(texts.get(path) ?? "");
    const by = path === actor ? "an actor" : `reached by ${actor}`;
    const foreign = specifiers
      .filter((specifier) => !isPure(path, specifier))
      .map((specifier) => `${path} (${by}) may not import ${specifier}`);
    const used = new Set([...code.matchAll(worldly)].map(([name]) => name));
    const world = bindsProcess.test(code) ? memberOfProcess : anyProcess;
    if (world.test(code)) used.add("process");
    return [...foreign, ...[...used].map((name) => `${path} (${by}) may not use ${name}`)];
  });
}

const isPure = (path: string, specifier: string): boolean =>
  specifier.startsWith("./") || pureDoors.test(specifier) || isOwnDoor(path, specifier);

/** Another folder of the same service, or of the same part of `shared`. */
function isOwnDoor(path: string, specifier: string): boolean {
  const own = /^(services|shared)\/[^/]+\//.exec(path)?.[0];
  return own !== undefined && specifier.startsWith(`#${own}`);
}

/** Only where the law leads: a forbidden import is told at its importer, not followed. */
function fileOf(path: string, specifier: string): string | undefined {
  if (!isPure(path, specifier)) return undefined;
  return specifier.startsWith("./")
    ? posix.join(posix.dirname(path), specifier)
    : specifier.slice("#".length);
}
