export { type MapOptions, map } from "./map.ts";
