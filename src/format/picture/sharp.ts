/** The library that decodes pictures, loaded when it is first needed. */
import { FormatError } from "../../errors.ts";

/** What is used of sharp. */
export type Sharp = typeof import("sharp")["default"];

let loading: Promise<Sharp> | undefined;

/** @throws FormatError `VOXRX_MISSING_LIBRARY` where sharp is not installed */
export async function loadSharp(file: string): Promise<Sharp> {
  try {
    return await (loading ??= import("sharp").then((module) => module.default));
  } catch (cause) {
    loading = undefined;
    throw new FormatError("VOXRX_MISSING_LIBRARY", "JPEG, TIFF and WebP pictures are read by the library sharp", {
      file,
      cause,
      remedy: "Install it: npm install sharp.",
    });
  }
}
