/** The only door to rxjs at run time, so that the base class can be replaced. */
export { config, from, map, mergeMap, NEVER, Observable, type Observer, of, type Subscriber } from "rxjs";
