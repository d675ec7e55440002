/** /metrics: the definitions and the figures of the process as Prometheus reads them. */
import { Counter, collectDefaultMetrics, Gauge, type Metric, Registry } from 'prom-client';
import type { Histogram } from '../statistics/histogram.js';
import {
  type Figures,
  type HistogramDefinition,
  type Labels,
  METRICS,
  type ScalarDefinition,
} from './definitions.js';

export const METRICS_TYPE = Registry.PROMETHEUS_CONTENT_TYPE;

/** Looking at the event loop wakes the process so often. */
const EVENT_LOOP_MS = 20;
/** They list every connection, for a number that `varve_connections` has. */
const LEFT_OUT = [
  'nodejs_active_handles',
  'nodejs_active_handles_total',
  'nodejs_active_requests',
  'nodejs_active_requests_total',
  'nodejs_active_resources',
  'nodejs_active_resources_total',
];

export class MetricsRegistry {
  readonly #registry = new Registry();
  readonly #gather: () => Figures;
  /** Of the look under way. */
  #figures: Figures | undefined;

  constructor(gather: () => Figures) {
    this.#gather = gather;
    const current = () => (this.#figures ??= this.#gather());
    for (const definition of METRICS) {
      if (definition.type === 'histogram') this.#addHistogram(definition, current);
      else this.#addScalar(definition, current);
    }
    collectDefaultMetrics({ register: this.#registry, eventLoopMonitoringPrecision: EVENT_LOOP_MS });
    for (const name of LEFT_OUT) this.#registry.removeSingleMetric(name);
  }

  /** The text format, version 0.0.4. All figures of the engine are of one moment. */
  async render(): Promise<string> {
    this.#figures = this.#gather();
    return this.#registry.metrics();
  }

  #addScalar({ name, type, help, labels, read }: ScalarDefinition, current: () => Figures): void {
    const options = { name, help, labelNames: labels ?? [], registers: [this.#registry] };
    const set = (metric: { set: (labels: Labels, value: number) => void; reset: () => void }) => {
      const samples = read(current());
      metric.reset();
      for (const [labels, value] of typeof samples === 'number' ? [[{}, samples] as const] : samples) {
        metric.set(labels, value);
      }
    };
    if (type === 'gauge') {
      const gauge = new Gauge({
        ...options,
        collect: () => set({ set: (labels, value) => gauge.set(labels, value), reset: () => gauge.reset() }),
      });
      return;
    }
    const counter = new Counter({
      ...options,
      collect: () =>
        set({ set: (labels, value) => counter.inc(labels, value), reset: () => counter.reset() }),
    });
  }

  /** The library's own histogram only counts single values; ours has counted already. */
  #addHistogram({ name, type, help, scale, read }: HistogramDefinition, current: () => Figures): void {
    const metric = {
      name,
      get: () => ({
        name,
        help,
        type,
        aggregator: 'sum',
        values: read(current()).flatMap(([labels, histogram]) => samplesOf(name, labels, histogram, scale)),
      }),
    };
    this.#registry.registerMetric(metric as unknown as Metric);
  }
}

interface Sample {
  readonly metricName: string;
  readonly labels: Labels;
  readonly value: number;
}

/** Ranges are cumulative in the format, and the last one has no end. */
function samplesOf(name: string, labels: Labels, histogram: Histogram, scale: number): Sample[] {
  let below = 0;
  const buckets = histogram.counts.map((count, at) => {
    below += count;
    const bound = histogram.bounds[at];
    const le = bound === undefined ? '+Inf' : String(Number((bound * scale).toPrecision(12)));
    return { metricName: `${name}_bucket`, labels: { ...labels, le }, value: below };
  });
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels, value: histogram.sum * scale },
    { metricName: `${name}_count`, labels, value: below },
  ];
}
