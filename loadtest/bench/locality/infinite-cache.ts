// What a prefix cache without bounds would find of each request, had all before it been computed: the most that any
// placement could, and what no request may exceed without having read what is not its own.

import type { ConversationRequest } from "./conversations.ts";
import { blockTokens } from "./block-bytes.ts";

interface Node {
  /** The longest part of this block that was computed, and the longest but one request's. */
  tokens: number;
  otherTokens: number;
  readonly next: Map<number, Node>;
}

function nodeAt<Key>(nodes: Map<Key, Node>, key: Key): Node {
  const known = nodes.get(key);
  if (known !== undefined) return known;
  const node: Node = { tokens: 0, otherTokens: 0, next: new Map() };
  nodes.set(key, node);
  return node;
}

export class InfiniteCache {
  readonly #roots = new Map<string, Node>();
  readonly #kvBlockTokens: number;

  constructor(kvBlockTokens: number) {
    this.#kvBlockTokens = kvBlockTokens;
  }

  /** Prompt tokens held in that namespace, in whole KV blocks; one token is left to compute. */
  heldTokens(namespace: string, request: ConversationRequest): number {
    return this.#follow(namespace, request, (node) => node.tokens);
  }

  /** As above, of a request that was added itself: what the others of its namespace hold of it. */
  heldByOthersTokens(namespace: string, request: ConversationRequest): number {
    return this.#follow(namespace, request, (node) => node.otherTokens);
  }

  #follow(
    namespace: string,
    { promptTokens, prefixBlocks }: ConversationRequest,
    tokensOf: (node: Node) => number,
  ): number {
    let node = this.#roots.get(namespace);
    let held = 0;
    for (const id of prefixBlocks) {
      node = node?.next.get(id);
      const tokens = node === undefined ? 0 : tokensOf(node);
      held += Math.min(tokens, promptTokens - held);
      if (tokens < blockTokens) break;
    }
    const most = Math.min(held, promptTokens - 1);
    return most - (most % this.#kvBlockTokens);
  }

  add(namespace: string, { promptTokens, prefixBlocks }: ConversationRequest): void {
    let node = nodeAt(this.#roots, namespace);
    for (const [block, id] of prefixBlocks.entries()) {
      node = nodeAt(node.next, id);
      const own = Math.min(blockTokens, promptTokens - block * blockTokens);
      node.otherTokens = Math.max(node.otherTokens, Math.min(node.tokens, own));
      node.tokens = Math.max(node.tokens, own);
    }
  }
}

/** Of all prompt tokens, what such a cache finds, with a namespace per tenant and with one for all. */
export function infiniteHitRates(
  requests: readonly ConversationRequest[],
  kvBlockTokens: number,
): { readonly inNamespaces: number; readonly inOne: number } {
  const cache = new InfiniteCache(kvBlockTokens);
  let own = 0;
  let any = 0;
  let tokens = 0;
  for (const request of requests) {
    const tenant = `tenant ${request.client}`;
    tokens += request.promptTokens;
    own += cache.heldTokens(tenant, request);
    any += cache.heldTokens("all", request);
    cache.add(tenant, request);
    cache.add("all", request);
  }
  return { inNamespaces: own / tokens, inOne: any / tokens };
}
