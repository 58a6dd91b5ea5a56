// Keys that stand twice in one map of a fleet file. The parser's own check compares each key with every other: a file of
// a megabyte would hold the process for minutes. This one reads each key once.

import type { Document, Node } from "yaml";
import { isNode, isScalar, visit } from "yaml";

export function repeatedKeys(document: Document): readonly Node[] {
  const repeated: Node[] = [];
  visit(document, {
    Map(_, { items }) {
      const seen = new Set<unknown>();
      for (const { key } of items) {
        const value: unknown = isScalar(key) ? key.value : key;
        if (seen.has(value) && isNode(key)) repeated.push(key);
        seen.add(value);
      }
    },
  });
  return repeated;
}
