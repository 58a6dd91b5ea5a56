// Characters that stand for others while a chat template is rendered: for those that special tokens begin with. They are
// taken from the last private use plane, of which no message has the same, and put back once the special tokens are found.

import { escaped } from "./cut-text.ts";

export interface Veil {
  readonly cover: (text: string) => string;
  readonly uncover: (text: string) => string;
}

const open: Veil = { cover: (text) => text, uncover: (text) => text };

/** No template writes these, and hardly anybody else. */
const privateFrom = 0x10_0000;
const privateTo = 0x10_fffd;

/** Texts that special tokens have; then, for the texts of one chat, what covers them. Undefined: they leave no character free. */
export function standIns(
  specials: readonly string[],
): (texts: readonly string[]) => Veil | undefined {
  const beginnings = [...new Set(specials.flatMap((text) => Array.from(text).slice(0, 1)))];
  if (beginnings.length === 0) return () => open;
  const pattern = oneOf(beginnings);
  return (texts) => {
    if (!texts.some((text) => pattern.test(text))) return open;
    const free = unusedIn(texts, beginnings);
    if (free.length < beginnings.length) return undefined;
    const covers = new Map(beginnings.map((character, index) => [character, free[index] ?? ""]));
    const originals = new Map([...covers].map(([character, cover]) => [cover, character]));
    const covered = oneOf(free, "gu");
    const uncovered = oneOf(beginnings, "gu");
    return {
      cover: (text) => text.replace(uncovered, (character) => covers.get(character) ?? ""),
      uncover: (text) => text.replace(covered, (cover) => originals.get(cover) ?? ""),
    };
  };
}

const oneOf = (characters: readonly string[], flags = "u"): RegExp =>
  new RegExp(characters.map(escaped).join("|"), flags);

/** As many as there are beginnings. */
function unusedIn(texts: readonly string[], beginnings: readonly string[]): readonly string[] {
  const used = new Set([
    ...beginnings,
    ...texts.flatMap((text) => text.match(/[\u{100000}-\u{10FFFD}]/gu) ?? []),
  ]);
  const free: string[] = [];
  for (let code = privateFrom; code <= privateTo && free.length < beginnings.length; code++) {
    const character = String.fromCodePoint(code);
    if (!used.has(character)) free.push(character);
  }
  return free;
}
