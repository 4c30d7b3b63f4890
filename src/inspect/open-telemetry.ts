/** Tells OpenTelemetry what runs do, by its API package. */
import type { Attributes, Counter, Span } from "@opentelemetry/api";
import { FormatError } from "../errors.ts";
import { loadedOnUse } from "../files/load-module.ts";
import type { Profile } from "../profile/profile.ts";
import type { Observable } from "../rxjs/observable.ts";

/** Options of {@link openTelemetry}. */
export interface OpenTelemetryOptions {
  /** Name of the pipeline: the attribute `voxrx.pipeline` of all figures and spans. Default `voxrx`. */
  readonly name?: string;
}

const load = loadedOnUse(() => import("@opentelemetry/api"));

/**
 * Watches the runs of a dataset and tells OpenTelemetry: a span `voxrx.run` for each run, and counters of items and
 * bytes, of the time in which each stage and transform worked, and of cache hits. They go to the providers that the
 * application has registered with `@opentelemetry/api`, an optional peer dependency; without providers they go nowhere.
 *
 * @returns what ends it
 * @throws FormatError `VOXRX_MISSING_LIBRARY` where `@opentelemetry/api` is not installed
 * @example
 * ```ts
 * import { Dataset, openTelemetry } from "voxrx";
 * const training = Dataset.from([1, 2, 3]);
 * const telemetry = await openTelemetry(training, { name: "training" });
 * for await (const item of training) console.log(item);
 * telemetry.stop();
 * ```
 */
export async function openTelemetry(
  dataset: { readonly metrics$: Observable<Profile> },
  { name = "voxrx" }: OpenTelemetryOptions = {},
): Promise<{ stop(): void }> {
  const { metrics, trace } = await loaded();
  const meter = metrics.getMeter("voxrx");
  const tracer = trace.getTracer("voxrx");
  const counters = {
    items: meter.createCounter("voxrx.items", { description: "items that consumers got" }),
    bytes: meter.createCounter("voxrx.bytes", { unit: "By", description: "bytes of the items that consumers got" }),
    busy: meter.createCounter("voxrx.busy", { unit: "ms", description: "time in which a stage or transform worked" }),
    hits: meter.createCounter("voxrx.cache.hits", { description: "items that came from a cache" }),
    misses: meter.createCounter("voxrx.cache.misses", { description: "items that a cache lacked" }),
  };
  const pipeline: Attributes = { "voxrx.pipeline": name };
  const runs = new Map<number, RunToldOf>();
  const watching = dataset.metrics$.subscribe((profile) => {
    const { startedAt, epoch } = profile;
    const known = runs.get(startedAt);
    const told = known ?? {
      totals: new Totals(),
      span: tracer.startSpan("voxrx.run", { startTime: startedAt, attributes: { ...pipeline, "voxrx.epoch": epoch } }),
    };
    if (!known) runs.set(startedAt, told);
    tell(profile, counters, told.totals, pipeline);
    if (!profile.done) return;
    runs.delete(startedAt);
    told.span.setAttributes({ "voxrx.items": profile.items, "voxrx.bottleneck": profile.bottleneck.name });
    told.span.end(startedAt + profile.ms);
  });
  return {
    stop() {
      watching.unsubscribe();
      for (const { span } of runs.values()) span.end();
      runs.clear();
    },
  };
}

interface RunToldOf {
  readonly totals: Totals;
  readonly span: Span;
}

type Counters = Readonly<Record<"items" | "bytes" | "busy" | "hits" | "misses", Counter>>;

/** What was told of a run so far: counters get what came since. */
class Totals {
  readonly #told = new Map<string, number>();

  add(counter: Counter, key: string, total: number, attributes: Attributes): void {
    const more = total - (this.#told.get(key) ?? 0);
    if (more <= 0) return;
    this.#told.set(key, total);
    counter.add(more, attributes);
  }
}

function tell(profile: Profile, counters: Counters, totals: Totals, pipeline: Attributes): void {
  totals.add(counters.items, "items", profile.items, pipeline);
  totals.add(counters.bytes, "bytes", profile.bytes, pipeline);
  for (const [n, stage] of profile.stages.entries()) {
    const attributes = { ...pipeline, "voxrx.stage": stage.name };
    totals.add(counters.busy, `${n}`, stage.ms, attributes);
    totals.add(counters.hits, `${n} hits`, stage.hits, attributes);
    totals.add(counters.misses, `${n} misses`, stage.misses, attributes);
    for (const [place, { name, ms }] of stage.transforms.entries())
      totals.add(counters.busy, `${n}.${place}`, ms, { ...attributes, "voxrx.transform": name });
  }
}

async function loaded(): Promise<typeof import("@opentelemetry/api")> {
  try {
    return await load();
  } catch (cause) {
    throw new FormatError("VOXRX_MISSING_LIBRARY", "openTelemetry needs the library @opentelemetry/api", {
      operator: "openTelemetry",
      cause,
      remedy: "Install it: npm install @opentelemetry/api",
    });
  }
}
