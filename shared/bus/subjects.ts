// Addresses as NATS subjects: `fl.<kind of the sender>.<the receiver's parts>`. The one place that knows; every
// part comes back as it went, whatever is in it.

import type { Address } from "#shared/actor/actor.ts";

const root = "fl";
/** Under NATS's own 4,096 bytes of a protocol line, with room for an inbox. */
const subjectCharactersMax = 3_000;

export interface SubjectMeaning {
  readonly fromKind: string;
  readonly to: Address;
}

/** Nothing if it would be too long. */
export function subjectOf(fromKind: string, to: Address): string | undefined {
  const subject = `${root}.${encodePart(fromKind)}.${encodeParts(to)}`;
  return subject.length <= subjectCharactersMax ? subject : undefined;
}

/** What to subscribe to in order to hear the address itself and everything below it, whoever sends. */
export function subjectsBelow(prefix: string): readonly string[] {
  const at = `${root}.*.${encodeParts(prefix)}`;
  return [at, `${at}.>`];
}

/** What a permission names: all that an actor of one kind says to all of another. `*` stands for any. */
export const subjectsBetween = (fromKind: string, toKind: string): string =>
  `${root}.${fromKind}.${toKind}.>`;

/** Nothing for what is no subject of an address. */
export function meaningOf(subject: string): SubjectMeaning | undefined {
  const [first, ...parts] = subject.split(".");
  if (first !== root || parts.length < 2) return undefined;
  const decoded: string[] = [];
  for (const part of parts) {
    const text = decodePart(part);
    if (text === undefined) return undefined;
    decoded.push(text);
  }
  const [fromKind = "", ...to] = decoded;
  return { fromKind, to: to.join("/") as Address };
}

const isPlain = /^[\w-]+$/;
const isPlainPath = /^[\w-]+(?:\/[\w-]+)*$/;
const notPlain = /[^\w-]/g;
/** A part with nothing in it: NATS allows none. */
const emptyPart = "%";

const encodeParts = (path: string): string =>
  isPlainPath.test(path) ? path.replaceAll("/", ".") : path.split("/").map(encodePart).join(".");

function encodePart(part: string): string {
  if (isPlain.test(part)) return part;
  return part === "" ? emptyPart : part.replaceAll(notPlain, encodeUnit);
}

/** By UTF-16 unit, because half a surrogate pair has no UTF-8. */
const encodeUnit = (unit: string): string => `%${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;

const isEncoded = /^(?:[\w-]|%[0-9a-f]{4})+$/;
const encodedUnit = /%([0-9a-f]{4})/g;

function decodePart(part: string): string | undefined {
  if (isPlain.test(part)) return part;
  if (part === emptyPart) return "";
  if (!isEncoded.test(part)) return undefined;
  return part.replaceAll(encodedUnit, (_, unit: string) =>
    String.fromCharCode(Number.parseInt(unit, 16)),
  );
}
