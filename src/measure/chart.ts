/**
 * The picture of a measurement: goodput in total and per subflow, with the outage and how long it was
 * felt.
 *
 * Always holds: time begins with the first arrival; new data only, so what is drawn is what the
 * program got.
 */
import { timeSeriesOption } from '../chart/time-series.ts';
import type { TimeSeriesChart } from '../chart/time-series.ts';
import type { ChartOption } from '../chart/svg.ts';
import type { Arrival } from './delivery.ts';
import type { Analysis } from './figures.ts';
import type { Measurement } from './measurement.ts';

/** Seconds per point. */
const STEP = 0.1;
/** A chart of an hour need not have more points than it has pixels. */
const MOST_POINTS = 2000;

export function measurementChart({ measurement, arrivals }: Analysis): ChartOption {
  const { from, until, subflows } = measurement;
  const step = Math.max(STEP, (until - from) / MOST_POINTS);
  const rates = (name: string, wanted: readonly Arrival[]): TimeSeriesChart['series'][number] => ({
    name,
    points: pointsOf(wanted, from, until, step),
  });
  return timeSeriesOption({
    title: `Goodput of ${measurement.protocol.toUpperCase()}, per ${Math.round(step * 1000)} ms`,
    quantity: 'Mb/s',
    series: [
      rates('total', arrivals),
      ...(subflows.length < 2
        ? []
        : subflows.map(({ name }, index) =>
            rates(
              name,
              arrivals.filter(({ subflow }) => subflow === index),
            ),
          )),
    ],
    ...(measurement.outage === null ? {} : marksOf(measurement.outage, from)),
  });
}

function pointsOf(
  arrivals: readonly Arrival[],
  from: number,
  until: number,
  step: number,
): readonly (readonly [number, number])[] {
  const bytes = new Float64Array(Math.floor((until - from) / step) + 1);
  for (const { time, start, end } of arrivals) {
    const index = Math.min(bytes.length - 1, Math.floor((time - from) / step));
    bytes[index] = (bytes[index] ?? 0) + end - start;
  }
  return Array.from(bytes, (count, index) => [
    Number((index * step).toFixed(3)),
    Number(((8 * count) / step / 1e6).toFixed(3)),
  ]);
}

function marksOf(
  outage: NonNullable<Measurement['outage']>,
  from: number,
): Pick<TimeSeriesChart, 'areas' | 'marks'> {
  const { at, heal, throughputFailure, latencyFailure, throughputRecovery } = outage;
  const mark = (name: string, start: number, ms: number | null | undefined) =>
    ms === null || ms === undefined ? [] : [{ name, at: start - from + ms / 1000 }];
  return {
    areas: [{ name: 'outage', from: at - from, ...(heal === null ? {} : { to: heal - from }) }],
    marks: [
      ...mark('T-throughput', at, throughputFailure.ms),
      ...mark('T-latency', at, latencyFailure.ms),
      ...(heal === null ? [] : mark('T-throughput', heal, throughputRecovery?.ms)),
    ],
  };
}
