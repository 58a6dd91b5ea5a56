// Whose prompt is computed next: the prefill budget goes to the tenant that had least of the engine lately for its
// weight, until it has caught up with the next; equal tenants split it. Laws: what nobody with a better claim can use goes
// to the others; a higher band goes first, but leaves those below it a sixteenth; in a band those that yield come last
// (yielding.ts), their decodes first; inside a tenant arrival decides.

import type { EngineSequence } from "./engine-sequence.ts";
import type { StepDraft } from "./step-draft.ts";
import { begin, decode, decodes, leftToCompute, take } from "./step-draft.ts";
import { overTile } from "./step-budget.ts";
import type { TenantShare } from "./tenant-share.ts";
import { chargePrompt, tokensUntil } from "./tenant-share.ts";
import { leftByYielding } from "./yielding.ts";

/** Equal tenants take turns with so many tokens: small beside a step, large beside the price of a turn. */
const turnTokens = 64;
const lowerBandsPart = 16;

export function prefillInShares(draft: StepDraft): void {
  const claims = claimsOf(draft);
  draft.replica.shares.backlogged(claims);
  const bands = bandsOf(draft, claims);
  let mayBegin = draft.preempted.length === 0;
  for (const band of bands) {
    const ofBand = [...claims].filter((share) => share.band === band);
    const isLast = band === bands[bands.length - 1];
    const leave = isLast ? 0 : Math.floor(draft.budget / lowerBandsPart);
    mayBegin = mayBegin && resume(draft, ofBand);
    mayBegin = spend(draft, ofBand.filter(isInside), { mayBegin, leave });
    decodeOfYielding(draft, band, leave);
    mayBegin = spend(draft, ofBand.filter(yields), { mayBegin, leave: leaveOf(draft, leave) });
  }
  // What the lower bands could not use of their part.
  for (const band of bands) {
    const ofBand = [...claims].filter((share) => share.band === band);
    mayBegin = spend(draft, ofBand.filter(isInside), { mayBegin, leave: 0 });
    mayBegin = spend(draft, ofBand.filter(yields), { mayBegin, leave: leaveOf(draft, 0) });
  }
  for (const { prefills, waiting } of claims) prefills.length = waiting.length = 0;
  leaveOverTile(draft);
}

const isInside = ({ standing }: TenantShare): boolean => standing === "inside";
const yields = ({ standing }: TenantShare): boolean => standing !== "inside";

function bandsOf({ replica }: StepDraft, claims: ReadonlySet<TenantShare>): readonly number[] {
  const bands = new Set([...claims].map(({ band }) => band));
  for (const { share } of replica.running) if (share.standing === "sits-out") bands.add(share.band);
  return [...bands].sort((a, b) => a - b);
}

const leaveOf = ({ replica }: StepDraft, leave: number): number =>
  Math.max(leave, leftByYielding(replica.spec.stepTokensMax));

/** As many as there is room for; those that find none sit out. */
function decodeOfYielding(draft: StepDraft, band: number, leave: number): void {
  for (const sequence of draft.replica.running) {
    if (draft.budget <= leaveOf(draft, leave)) return;
    const { share } = sequence;
    if (share.band !== band || share.standing !== "sits-out" || !decodes(sequence)) continue;
    decode(draft, sequence);
  }
}

/** The tenants with prompt tokens to compute, and whose these are; a paused sequence claims nothing. */
function claimsOf({ replica }: StepDraft): Set<TenantShare> {
  const claims = new Set<TenantShare>();
  for (const sequence of replica.running) {
    if (sequence.isDecoding || sequence.isPaused) continue;
    sequence.share.prefills.push(sequence);
    claims.add(sequence.share);
  }
  for (const sequence of replica.waiting) {
    if (sequence.isPaused) continue;
    sequence.share.waiting.push(sequence);
    claims.add(sequence.share);
  }
  return claims;
}

/** Preempted sequences have their memory back before anything new begins. False: one did not fit. */
function resume(draft: StepDraft, shares: readonly TenantShare[]): boolean {
  const preempted = shares
    .flatMap(({ waiting }) => waiting.filter(({ hasRun }) => hasRun))
    .sort((a, b) => a.order - b.order);
  return preempted.every((sequence) => beginFirst(draft, sequence));
}

function beginFirst(draft: StepDraft, sequence: EngineSequence): boolean {
  if (!begin(draft, sequence)) return false;
  const { waiting, prefills } = sequence.share;
  waiting.splice(waiting.indexOf(sequence), 1);
  const later = prefills.findIndex(({ order }) => order > sequence.order);
  prefills.splice(later < 0 ? prefills.length : later, 0, sequence);
  return true;
}

interface Spending {
  /** False: something that comes first lacks memory, so nothing may begin. */
  mayBegin: boolean;
  /** Tokens of the budget that are not to be touched. */
  readonly leave: number;
}

function spend(draft: StepDraft, shares: readonly TenantShare[], spending: Spending): boolean {
  const open = new Set(shares);
  while (draft.budget > spending.leave) {
    const [share, next] = leastTwo(open);
    if (share === undefined) break;
    const left = draft.budget - spending.leave;
    const turn = next === undefined ? left : tokensUntil(share, next.tag) + turnTokens;
    const taken = takeTurn(draft, share, { tokens: Math.min(left, turn), spending });
    if (taken === 0) open.delete(share);
    else chargePrompt(share, taken);
  }
  return spending.mayBegin;
}

function leastTwo(shares: ReadonlySet<TenantShare>): (TenantShare | undefined)[] {
  let least: TenantShare | undefined;
  let second: TenantShare | undefined;
  for (const share of shares) {
    if (least === undefined || goesBefore(share, least)) {
      second = least;
      least = share;
    } else if (second === undefined || goesBefore(share, second)) {
      second = share;
    }
  }
  return [least, second];
}

const goesBefore = (a: TenantShare, b: TenantShare): boolean =>
  a.tag === b.tag ? firstOrder(a) < firstOrder(b) : a.tag < b.tag;

const firstOrder = ({ prefills, waiting }: TenantShare): number =>
  (prefills[0] ?? waiting[0])?.order ?? Infinity;

function takeTurn(
  draft: StepDraft,
  share: TenantShare,
  { tokens, spending }: { readonly tokens: number; readonly spending: Spending },
): number {
  let taken = 0;
  while (taken < tokens) {
    const sequence = share.prefills[0] ?? beginNext(draft, share, spending);
    if (sequence === undefined) break;
    const chunk = Math.min(tokens - taken, leftToCompute(sequence));
    take(draft, sequence, chunk);
    taken += chunk;
    if (leftToCompute(sequence) === 0) share.prefills.shift();
  }
  return taken;
}

function beginNext(
  draft: StepDraft,
  share: TenantShare,
  spending: Spending,
): EngineSequence | undefined {
  const [sequence] = share.waiting;
  if (sequence === undefined || !spending.mayBegin) return undefined;
  // A large one that has to wait is not overtaken for ever by small ones of others.
  spending.mayBegin = beginFirst(draft, sequence);
  return spending.mayBegin ? sequence : undefined;
}

/** The last tokens taken are the first given back: they are of those who had most. */
function leaveOverTile({ batch, replica }: StepDraft): void {
  let prefillTokens = 0;
  let decodesTaken = 0;
  for (const { isDecoding, stepTokens } of batch) {
    if (isDecoding) decodesTaken++;
    else prefillTokens += stepTokens;
  }
  let over = overTile({ decodes: decodesTaken, prefillTokens }, replica.profile.alignTokens);
  for (let index = batch.length - 1; over > 0 && index >= 0; index--) {
    const last = batch[index];
    if (last === undefined || last.isDecoding) continue;
    const given = Math.min(over, last.stepTokens);
    last.stepTokens -= given;
    chargePrompt(last.share, -given);
    over -= given;
    if (last.stepTokens === 0) batch.splice(index, 1);
  }
}
