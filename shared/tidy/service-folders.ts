// What every folder of services/ must hold: a README of one screen, and a main that composes and nothing more.

import type { SourceFile } from "./source-tree.ts";

const mainLinesMax = 60;

export function serviceViolations(files: readonly SourceFile[]): readonly string[] {
  const services = new Set(
    files.flatMap(({ path }) => /^services\/([^/]+)\//.exec(path)?.[1] ?? []),
  );
  return [
    ...[...services]
      .filter((name) => !files.some(({ path }) => path === `services/${name}/README.md`))
      .map((name) => `services/${name}: has no README.md`),
    ...files
      .filter(({ path }) => /^services\/[^/]+\/main\.ts$/.test(path))
      .filter(({ text }) => text.split("\n").length > mainLinesMax + 1)
      .map(({ path }) => `${path}: composes in more than ${mainLinesMax} lines`),
  ];
}
