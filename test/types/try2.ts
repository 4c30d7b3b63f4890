import type { Observable } from "rxjs";
import type { Dataset, FieldOptions, Volume, VolumeOrFields } from "voxrx";
export interface Loader<K extends string> {
  <T extends Readonly<Record<K, string>>>(source: Observable<T>): Dataset<{ [F in keyof T]: F extends K ? Volume : T[F] }>;
  readonly keepsIndex: true;
}
export declare function load2<const K extends string>(keys: readonly K[]): Loader<K>;
export declare function orient<K extends string = never>(o: FieldOptions<K>): VolumeOrFields<K>;
