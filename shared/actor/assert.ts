// An invariant of ours, checked in production too. A failure is a bug: the supervisor restarts the actor that threw.

export function assert(condition: boolean, law: string): asserts condition {
  if (!condition) throw new Error(`broken law: ${law}`);
}
