// Which shapes of work lose money, and of what: their factors with the figures that these come from. Law: reasons and gains of a shape add
// up to its loss.

import type { ShapeReason, ShapeVerdict, ShapesReport } from "#shared/model/margin.ts";
import type { MarginFactor, ShapeFigures } from "#shared/model/margin-factors.ts";
import {
  addFigures,
  decompose,
  directOf,
  lossOf,
  marginFactors,
  noFigures,
  revenueOf,
} from "#shared/model/margin-factors.ts";
import { amountText } from "#shared/model/money.ts";
import { evidenceOf } from "./evidence.ts";
import type { ReportTerms } from "./margin-report.ts";
import type { ShapeBook } from "./shape-book.ts";
import { figuresOf } from "./shape-book.ts";

export interface VerdictsWanted {
  readonly limit: number;
  readonly isAll: boolean;
  /** Only of this tenant; its peers are of all. */
  readonly tenant?: string;
}

export function shapeVerdicts(terms: ReportTerms, wanted: VerdictsWanted): ShapesReport {
  const { books, currency, fromEpochMs, toEpochMs, notes } = terms;
  const ran = books.filter(({ cost }) => cost !== undefined);
  const peers = peersOf(ran);
  const asked = ran
    .filter(({ shape }) => wanted.tenant === undefined || shape.tenant === wanted.tenant)
    .map((book) => ({ book, figures: figuresOf(book) }));
  const losing = asked.filter(({ figures }) => lossOf(figures) > 0n);
  const shown = (wanted.isAll ? asked : losing)
    .toSorted((a, b) => (lossOf(a.figures) > lossOf(b.figures) ? -1 : 1))
    .slice(0, wanted.limit);
  return {
    fromEpochMs,
    toEpochMs,
    currency,
    shapesSeen: asked.length,
    unprofitable: losing.length,
    shapes: shown.map(({ book, figures }) =>
      verdictOf({ book, figures, peers: peers.get(peerKey(book)) ?? figures, currency }),
    ),
    notes,
  };
}

const peerKey = ({ shape }: ShapeBook): string => JSON.stringify([shape.model, shape.poolClass]);

function peersOf(books: readonly ShapeBook[]): ReadonlyMap<string, ShapeFigures> {
  const peers = new Map<string, ShapeFigures>();
  for (const book of books) {
    const key = peerKey(book);
    peers.set(key, addFigures(peers.get(key) ?? noFigures, figuresOf(book)));
  }
  return peers;
}

interface Judged {
  readonly book: ShapeBook;
  readonly figures: ShapeFigures;
  readonly peers: ShapeFigures;
  readonly currency: string;
}

function verdictOf(judged: Judged): ShapeVerdict {
  const { book, figures, peers, currency } = judged;
  const text = (nanos: bigint): string => amountText({ currency, nanos });
  const amounts = decompose(figures, peers);
  const reason = (factor: MarginFactor): ShapeReason => ({
    factor,
    amount: text(amounts[factor]),
    evidence: evidenceOf(factor, { cost: book.cost, own: figures, peers, text }),
  });
  const order = marginFactors.toSorted((a, b) => (amounts[a] > amounts[b] ? -1 : 1));
  return {
    shape: book.shape,
    requests: Number(figures.requests),
    revenue: text(revenueOf(figures)),
    cost: text(directOf(figures) + figures.allocated + figures.load),
    loss: text(lossOf(figures)),
    reasons: order.filter((factor) => amounts[factor] > 0n).map(reason),
    gains: order.filter((factor) => amounts[factor] < 0n).map(reason),
    ...(book.cost?.isSplitByWallTime === true ? { isSplitByWallTime: true } : {}),
  };
}
