// Which modules a TypeScript file imports, static and dynamic, and what in it is code. Strings and comments that
// merely look like either do not count, so the text is walked, not searched.

const opensBlockComment = "/*";

export interface WalkedSource {
  /** In order of appearance, `import type` included: a type is a dependency too. */
  readonly specifiers: readonly string[];
  /** Without comments; strings and regular expressions emptied. What a template interpolates is code. */
  readonly code: string;
}

export const importSpecifiers = (text: string): readonly string[] => walkSource(text).specifiers;

export function walkSource(text: string): WalkedSource {
  const walk: Walk = { text, at: 0, code: "", specifiers: [], templateDepths: [], depth: 0 };
  while (walk.at < text.length) step(walk);
  return { specifiers: walk.specifiers, code: walk.code };
}

interface Walk {
  readonly text: string;
  at: number;
  code: string;
  readonly specifiers: string[];
  /** Braces open where each enclosing template interpolates. */
  readonly templateDepths: number[];
  depth: number;
}

function step(walk: Walk): void {
  const { at } = walk;
  if (!skipComment(walk) && !skipLiteral(walk)) readCode(walk);
  // A slash that opened no pattern after all is code.
  if (walk.at <= at) readCode(walk);
}

function skipComment(walk: Walk): boolean {
  const { text, at } = walk;
  if (text.startsWith("//", at)) walk.at = endOf(text, "\n", at) - 1;
  else if (text.startsWith(opensBlockComment, at)) walk.at = endOf(text, "*/", at + 2);
  else return false;
  return true;
}

function skipLiteral(walk: Walk): boolean {
  const character = walk.text[walk.at];
  const isInterpolated = character === "}" && walk.depth === walk.templateDepths.at(-1);
  if (character === '"' || character === "'") readString(walk);
  else if (character === "/" && opensExpression(walk.code)) readPattern(walk);
  else if (character === "`" || isInterpolated) {
    if (isInterpolated) walk.templateDepths.pop();
    readTemplate(walk);
  } else return false;
  return true;
}

function readCode(walk: Walk): void {
  const character = walk.text[walk.at] ?? "";
  if (character === "{") walk.depth += 1;
  if (character === "}") walk.depth -= 1;
  walk.code += character;
  walk.at += 1;
}

function readString(walk: Walk): void {
  const close = closing(walk.text, walk.at, walk.text[walk.at] ?? "");
  if (introducesModule(walk.code)) walk.specifiers.push(walk.text.slice(walk.at + 1, close));
  walk.code += '""';
  walk.at = close + 1;
}

/** From its opening quote, or from the brace that ends an interpolation, to the next interpolation or its end. */
function readTemplate(walk: Walk): void {
  const { text } = walk;
  const isDynamicImport = introducesModule(walk.code);
  for (let at = walk.at + 1; at < text.length; at++) {
    if (text[at] === "\\") at += 1;
    else if (text[at] === "`") {
      if (isDynamicImport) walk.specifiers.push(text.slice(walk.at + 1, at));
      walk.code += '""';
      walk.at = at + 1;
      return;
    } else if (text.startsWith("${", at)) {
      walk.templateDepths.push(walk.depth);
      walk.code += '""+';
      walk.at = at + 2;
      return;
    }
  }
  walk.at = text.length;
}

function readPattern(walk: Walk): void {
  const { text } = walk;
  let isInClass = false;
  for (let at = walk.at + 1; at < text.length && text[at] !== "\n"; at++) {
    if (text[at] === "\\") at += 1;
    else if (text[at] === "[") isInClass = true;
    else if (text[at] === "]") isInClass = false;
    else if (text[at] === "/" && !isInClass) {
      walk.code += '""';
      walk.at = at + 1;
      return;
    }
  }
}

/** A slash after this begins a regular expression, not a division. */
const opensExpression = (code: string): boolean =>
  /(^|[=(,:;[!&|?{}+]|=>|\breturn)\s*$/.test(code.slice(-40));

function endOf(text: string, mark: string, from: number): number {
  const found = text.indexOf(mark, from);
  return found < 0 ? text.length + 1 : found + mark.length;
}

function closing(text: string, open: number, quote: string): number {
  for (let at = open + 1; at < text.length; at++) {
    if (text[at] === "\\") at += 1;
    else if (text[at] === quote) return at;
  }
  return text.length;
}

/** The code just before a string: `… from`, a bare `import`, or `import(`. */
function introducesModule(code: string): boolean {
  return /(^|[\s}*])from\s*$|(^|[;\s])import\s*$|\bimport\s*\(\s*$/.test(code.slice(-40));
}
