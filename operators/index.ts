/**
 * The vocabulary: every operator of VoxRx.
 *
 * @module voxrx/operators
 */
export * from "./cache/index.ts";
export * from "./crop/index.ts";
export * from "./flow/index.ts";
export * from "./intensity/index.ts";
export * from "./io/index.ts";
export * from "./label/index.ts";
export * from "./metric/index.ts";
export * from "./patch/index.ts";
export * from "./spatial/index.ts";
export * from "./trainer/index.ts";
export * from "./utility/index.ts";
