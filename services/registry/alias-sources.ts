// What each alias of a YAML document stands for: the last node above it that carries its anchor.

import type { Alias, Document, Node } from "yaml";
import { isAlias, visit } from "yaml";

/** Undefined: no node above has that anchor. One walk, whatever the number of aliases. */
export function aliasSources(document: Document): ReadonlyMap<Alias, Node | undefined> {
  const anchored = new Map<string, Node>();
  const sources = new Map<Alias, Node | undefined>();
  visit(document, {
    Node(_, node) {
      if (isAlias(node)) sources.set(node, anchored.get(node.source));
      else if (node.anchor !== undefined) anchored.set(node.anchor, node);
    },
  });
  return sources;
}
