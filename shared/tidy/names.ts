// What files and folders may be called, and how large they may grow.

import type { SourceFile } from "./source-tree.ts";

const topLevel = new Set([
  "README.md",
  "CHANGELOG.md",
  "LICENSE",
  "package.json",
  "package-lock.json",
  "tsconfig.json",
  ".oxlintrc.json",
  ".oxfmtrc.json",
  ".gitignore",
  ".npmrc",
  ".ci",
  "proto",
  "services",
  "shared",
  "deploy",
  "loadtest",
]);

const sharedFolders = new Set(
  "actor messages model tokenizer sim coordination bus ledger object-store telemetry config tidy".split(
    " ",
  ),
);

const emptyNames =
  /^(utils?|common|helpers?|lib|misc|core|base|types|constants|manager|impl|index)$/;

const linesMax = 400;

export function nameViolations(paths: readonly string[]): readonly string[] {
  return paths.flatMap((path) => [
    ...placeViolations(path),
    ...path.split("/").flatMap((part) => partViolations(path, part)),
  ]);
}

function placeViolations(path: string): readonly string[] {
  const [top = "", second = ""] = path.split("/");
  if (!topLevel.has(top)) return [`${path}: nothing called ${top} belongs at the top level`];
  if (top === "shared" && !sharedFolders.has(second)) {
    return [`${path}: shared/${second} is not one of the twelve folders`];
  }
  return [];
}

function partViolations(path: string, part: string): readonly string[] {
  const stem = part.replace(/(\.[a-z0-9-]+)+$/, "");
  if (emptyNames.test(stem)) return [`${path}: "${stem}" says nothing about what is in it`];
  const isCode = /\.(ts|sh|txt|proto|ya?ml)$/.test(part);
  if (isCode && !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(stem)) {
    return [`${path}: file names are kebab-case`];
  }
  return [];
}

/** Generated code and tests may be longer; a production file of more than 400 lines holds more than one idea. */
export function lengthViolations(files: readonly SourceFile[]): readonly string[] {
  return files
    .filter(({ path }) => path.endsWith(".ts") && !/\.(test|cases)\.ts$/.test(path))
    .map(({ path, text }) => ({ path, lines: text.split("\n").length }))
    .filter(({ lines }) => lines > linesMax + 1)
    .map(({ path, lines }) => `${path}: ${lines} lines, more than ${linesMax}`);
}
