// Cuts a text at certain words in it: the leftmost first, of several that begin there the longest.

export const escaped = (text: string): string =>
  text.replace(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`);

/** What lies between the words stays text; nothing empty is kept. */
export function cutter<Word extends object | number>(
  words: ReadonlyMap<string, Word>,
): (text: string) => readonly (string | Word)[] {
  const longestFirst = [...words.keys()]
    .filter((word) => word !== "")
    .sort((a, b) => b.length - a.length);
  if (longestFirst.length === 0) return (text) => (text === "" ? [] : [text]);
  const pattern = new RegExp(`(${longestFirst.map(escaped).join("|")})`, "u");
  return (text) => {
    const parts: (string | Word)[] = [];
    for (const piece of text.split(pattern))
      if (piece !== "") parts.push(words.get(piece) ?? piece);
    return parts;
  };
}
