import { metrics, trace } from "@opentelemetry/api";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { afterEach, expect, test } from "vitest";
import { Dataset, openTelemetry } from "voxrx";
import { map } from "voxrx/operators";

afterEach(() => {
  metrics.disable();
  trace.disable();
});

test("runs are told to OpenTelemetry: a span each, and counters that add up", async () => {
  const spans = new InMemorySpanExporter();
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] }));
  const figures = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter: figures, exportIntervalMillis: 3_600_000 });
  const provider = new MeterProvider({ readers: [reader] });
  metrics.setGlobalMeterProvider(provider);

  const dataset = Dataset.from([1, 2, 3]).pipe(map((n) => n + 1, { name: "plusOne" }));
  const telemetry = await openTelemetry(dataset, { name: "training" });
  await dataset.toArray();
  await dataset.toArray();
  telemetry.stop();
  await dataset.toArray();
  await provider.forceFlush();

  const attributes = { "voxrx.pipeline": "training" };
  expect(spans.getFinishedSpans().map((span) => [span.name, span.attributes])).toEqual([
    ["voxrx.run", expect.objectContaining({ ...attributes, "voxrx.epoch": 0, "voxrx.items": 3 })],
    ["voxrx.run", expect.objectContaining({ ...attributes, "voxrx.epoch": 1, "voxrx.items": 3 })],
  ]);
  const told = figures.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics));
  const valuesOf = (name: string) => told.find(({ descriptor }) => descriptor.name === name)?.dataPoints ?? [];
  expect(valuesOf("voxrx.items").map(({ value, attributes: of }) => [value, of])).toEqual([[6, attributes]]);
  expect(valuesOf("voxrx.busy").map(({ attributes: of }) => of["voxrx.transform"])).toContain("map plusOne");
  await provider.shutdown();
});
