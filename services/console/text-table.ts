// Rows as aligned columns for a terminal: words to the left, numbers to the right.

export type Cell = string | number;

export function textTable(titles: readonly string[], rows: readonly (readonly Cell[])[]): string {
  if (rows.length === 0) return `${titles.join("  ")}\n(none)`;
  const lines = [titles, ...rows];
  const widths = titles.map((_, column) =>
    Math.max(...lines.map((line) => String(line[column] ?? "").length)),
  );
  const isNumber = titles.map((_, column) => rows.every((row) => typeof row[column] === "number"));
  return lines
    .map((line) =>
      line
        .map((cell, column) => {
          const width = widths[column] ?? 0;
          return isNumber[column] === true
            ? String(cell).padStart(width)
            : String(cell).padEnd(width);
        })
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
