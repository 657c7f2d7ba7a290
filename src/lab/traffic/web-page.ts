/**
 * The web page that is loaded: 216 objects, as in the paper, whose sizes the paper does not give.
 *
 * Bytes per kind are those of the HTTP Archive for the heaviest tenth of pages of January 2014 (90th
 * percentile, 3486 KB in all; quoted in Google's "Optimizing Content Efficiency"), the years of the
 * paper. Within a kind sizes are log-normal, as in the 3GPP web traffic model (ns-3:
 * ThreeGppHttpVariables), so that half are below 10 KB and a few
 * beyond 100.
 *
 * Always holds: the same seed gives the same page; an object comes after the one that names it.
 */
import { randomFractions } from '../../lib/random.ts';

export type WebObject = {
  /** Begins with `/`. */
  readonly path: string;
  readonly bytes: number;
  /** The path of the object that names this one; undefined for the HTML. */
  readonly namedBy: string | undefined;
};

/** In page order: that in which a browser asks for what it has come to know. */
export type WebPage = readonly [html: WebObject, ...rest: WebObject[]];

type Kind = {
  readonly name: string;
  readonly objects: number;
  readonly bytes: number;
  /** How many of them the HTML names; style sheets and scripts name the others in turn. */
  readonly inHtml: number;
  readonly namedBy: 'style' | 'script';
};

const HTML_BYTES = 54_000;
/** In page order: what stands in the head comes first. `other` is fonts and data. */
const KINDS: readonly Kind[] = [
  { name: 'style', objects: 9, bytes: 108_000, inHtml: 9, namedBy: 'style' },
  { name: 'script', objects: 26, bytes: 587_000, inHtml: 18, namedBy: 'script' },
  { name: 'image', objects: 172, bytes: 2_384_000, inHtml: 120, namedBy: 'script' },
  { name: 'other', objects: 8, bytes: 353_000, inHtml: 0, namedBy: 'style' },
];
/** Standard deviation of a size's logarithm: a tenth is beyond four times the median. */
const SIGMA = 1.1;
/** Below this a response is all header. */
const SMALLEST_BYTES = 100;
const SEED = 216;

/** The one that is measured with. */
export const WEB_PAGE = drawPage(SEED);

/** A page of the same shape with sizes of its own. */
export function drawPage(seed: number): WebPage {
  const fraction = randomFractions(seed);
  const html = { path: '/index.html', bytes: HTML_BYTES, namedBy: undefined };
  return [
    html,
    ...KINDS.flatMap((kind) =>
      drawSizes(kind, fraction).map((bytes, index): WebObject => {
        const inHtml = index < kind.inHtml;
        return {
          path: pathOf(kind.name, index),
          bytes,
          namedBy: inHtml ? html.path : nameGiver(kind, index),
        };
      }),
    ),
  ];
}

/** The objects that each object names, in page order. */
export function namedIn(page: WebPage): ReadonlyMap<string | undefined, readonly WebObject[]> {
  return Map.groupBy(page, (object) => object.namedBy);
}

function pathOf(kind: string, index: number): string {
  return `/${kind}-${index}`;
}

/** In turn, those that the HTML names itself: nothing is more than two steps from it. */
function nameGiver({ namedBy }: Kind, index: number): string {
  const givers = KINDS.find(({ name }) => name === namedBy)?.inHtml ?? 1;
  return pathOf(namedBy, index % givers);
}

/** Log-normal, and scaled so that their sum is that of the kind, but for rounding. */
function drawSizes({ objects, bytes }: Kind, fraction: () => number): number[] {
  const drawn = Array.from({ length: objects }, () => Math.exp(SIGMA * normal(fraction)));
  const scale = bytes / drawn.reduce((sum, size) => sum + size, 0);
  return drawn.map((size) => Math.max(SMALLEST_BYTES, Math.round(size * scale)));
}

/** Standard normal, by Box and Muller. */
function normal(fraction: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - fraction())) * Math.cos(2 * Math.PI * fraction());
}
