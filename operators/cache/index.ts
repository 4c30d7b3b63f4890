export { type CacheOptions, cacheUntilRandom } from "./cache-until-random.ts";
export { type SmartReplaceOptions, smartReplace } from "./smart-replace.ts";
