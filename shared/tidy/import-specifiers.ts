// Which modules a TypeScript file imports, static and dynamic. Strings and comments that merely look like an
// import do not count, so the text is walked, not searched.

const opensBlockComment = "/*";

/** Specifiers in order of appearance, `import type` included: a type is a dependency too. */
export function importSpecifiers(text: string): readonly string[] {
  const specifiers: string[] = [];
  let code = "";
  for (let at = 0; at < text.length;) {
    const two = text.slice(at, at + 2);
    const character = text[at] ?? "";
    if (two === "//") at = endOf(text, "\n", at);
    else if (two === opensBlockComment) at = endOf(text, "*/", at + 2);
    else if (character === '"' || character === "'" || character === "`") {
      const close = closingQuote(text, at);
      if (introducesModule(code)) specifiers.push(text.slice(at + 1, close));
      code += '""';
      at = close + 1;
    } else {
      code += character;
      at += 1;
    }
  }
  return specifiers;
}

function endOf(text: string, mark: string, from: number): number {
  const found = text.indexOf(mark, from);
  return found < 0 ? text.length : found + mark.length;
}

function closingQuote(text: string, open: number): number {
  const quote = text[open];
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
