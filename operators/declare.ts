/**
 * The functions that declare operators, for those of VoxRx itself: worker threads know that they have them.
 */
import * as items from "../src/operator/item-operator.ts";
import { own } from "../src/operator/own.ts";
import * as parts from "../src/operator/parts-operator.ts";
import * as volumes from "../src/operator/volume-operator.ts";

/** See {@link items.itemOperator}. */
export const itemOperator = own(items.itemOperator);
/** See {@link parts.partsOperator}. */
export const partsOperator = own(parts.partsOperator);
/** See {@link volumes.volumeOperator}. */
export const volumeOperator = own(volumes.volumeOperator);
/** See {@link volumes.randomVolumeOperator}. */
export const randomVolumeOperator = own(volumes.randomVolumeOperator);
