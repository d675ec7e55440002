/** /metrics: the definitions and the figures of the process as Prometheus reads them. */
import { collectDefaultMetrics, type Metric, Registry } from 'prom-client';
import type { Histogram } from '../statistics/histogram.js';
import { type Figures, type Labels, METRICS, type MetricDefinition } from './definitions.js';

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
    for (const definition of METRICS) this.#add(definition, current);
    collectDefaultMetrics({ register: this.#registry, eventLoopMonitoringPrecision: EVENT_LOOP_MS });
    for (const name of LEFT_OUT) this.#registry.removeSingleMetric(name);
  }

  /** The text format, version 0.0.4. All figures of the engine are of one moment. */
  async render(): Promise<string> {
    this.#figures = this.#gather();
    return this.#registry.metrics();
  }

  /**
   * With its samples as they are: the library's own metrics only count single values, and take three times as long to be
   * filled anew for each look.
   */
  #add(definition: MetricDefinition, current: () => Figures): void {
    const { name, type, help } = definition;
    const metric = { name, get: () => ({ name, help, type, values: samplesOf(definition, current()) }) };
    this.#registry.registerMetric(metric as unknown as Metric);
  }
}

interface Sample {
  readonly metricName: string;
  readonly labels: Labels;
  /** Of several samples: the library turns them into text once. */
  readonly sharedLabels?: Labels;
  readonly value: number;
}

function samplesOf(definition: MetricDefinition, figures: Figures): Sample[] {
  const { name } = definition;
  if (definition.type === 'histogram') {
    return definition
      .read(figures)
      .flatMap(([labels, histogram]) => histogramSamples(name, labels, histogram, definition.scale));
  }
  const samples = definition.read(figures);
  if (typeof samples === 'number') return [{ metricName: name, labels: {}, value: samples }];
  return samples.map(([labels, value]) => ({ metricName: name, labels, value }));
}

/** Ranges are cumulative in the format, and the last one has no end. */
function histogramSamples(name: string, sharedLabels: Labels, histogram: Histogram, scale: number): Sample[] {
  let below = 0;
  const buckets = histogram.counts.map((count, at) => {
    below += count;
    const bound = histogram.bounds[at];
    const le = bound === undefined ? '+Inf' : String(Number((bound * scale).toPrecision(12)));
    return { metricName: `${name}_bucket`, labels: { le }, sharedLabels, value: below };
  });
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels: {}, sharedLabels, value: histogram.sum * scale },
    { metricName: `${name}_count`, labels: {}, sharedLabels, value: below },
  ];
}
