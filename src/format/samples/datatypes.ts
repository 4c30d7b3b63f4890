/** Sample types of NIfTI and ANALYZE files, by code (nifti1.h, "DT_" and "NIFTI_TYPE_"). */
import type { Dtype } from "../../samples.ts";

/** How one number is stored on disk. */
export type StoredNumber = Dtype | "int64" | "uint64" | "float128";

/** A sample type. */
export interface Datatype {
  readonly code: number;
  readonly name: string;
  /** The type of each part. */
  readonly number: StoredNumber;
  /** Numbers per voxel: 3 or 4 colors, 2 parts of a complex number; else 1. */
  readonly parts: number;
  /** Size of one number in bytes. */
  readonly bytes: number;
  readonly kind: "real" | "color" | "complex";
}

const real = (code: number, number: StoredNumber, bytes: number): Datatype => {
  return { code, name: number, number, parts: 1, bytes, kind: "real" };
};

/** All supported types. Not supported: 1 (single bits) and 2048 (complex256). */
export const datatypes: readonly Datatype[] = [
  real(2, "uint8", 1),
  real(4, "int16", 2),
  real(8, "int32", 4),
  real(16, "float32", 4),
  { code: 32, name: "complex64", number: "float32", parts: 2, bytes: 4, kind: "complex" },
  real(64, "float64", 8),
  { code: 128, name: "rgb24", number: "uint8", parts: 3, bytes: 1, kind: "color" },
  real(256, "int8", 1),
  real(512, "uint16", 2),
  real(768, "uint32", 4),
  real(1024, "int64", 8),
  real(1280, "uint64", 8),
  real(1536, "float128", 16),
  { code: 1792, name: "complex128", number: "float64", parts: 2, bytes: 8, kind: "complex" },
  { code: 2304, name: "rgba32", number: "uint8", parts: 4, bytes: 1, kind: "color" },
];
