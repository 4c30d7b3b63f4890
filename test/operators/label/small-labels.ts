/** Labels written out by hand. */
import { Volume } from "voxrx";
import { valuesOf } from "../../support/volumes.ts";

/** A 2D label of rows of y: `rows[y][x]`. */
export function grid(rows: readonly (readonly number[])[]): Volume {
  return new Volume({
    data: Uint8Array.from(rows.flat()),
    shape: [1, rows[0]?.length ?? 0, rows.length],
    layout: "x-fastest",
  });
}

export const rowsOf = (volume: Volume): number[][] => {
  const [, nx = 1] = volume.shape;
  const values = valuesOf(volume);
  return Array.from({ length: values.length / nx }, (_, y) => values.slice(y * nx, (y + 1) * nx));
};

export const label = (...values: number[]) =>
  new Volume({ data: Int16Array.from(values), shape: [1, values.length, 1], layout: "x-fastest" });
