/**
 * The only place that imports rxjs at run time, so that the base class can be replaced. It imports single modules,
 * because all of rxjs takes 0.1 s to load; these are the same modules, with the same classes, that rxjs re-exports.
 */

export type { Subscriber } from "rxjs";
export { config } from "rxjs/internal/config";
export { Observable } from "rxjs/internal/Observable";
export { from } from "rxjs/internal/observable/from";
export { NEVER } from "rxjs/internal/observable/never";
export { of } from "rxjs/internal/observable/of";
export { map } from "rxjs/internal/operators/map";
export { mergeMap } from "rxjs/internal/operators/mergeMap";
export { asyncScheduler } from "rxjs/internal/scheduler/async";
