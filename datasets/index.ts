/** Public datasets, data lists, and ways to split them. */
export { type CrossValidated, type CrossValidationOptions, crossValidation } from "./cross-validation.ts";
export { type PartitionOptions, partition } from "./partition.ts";
export { type ResampleDatalistOptions, resampleDatalist } from "./resample-datalist.ts";
export { type SectionOptions, type SectionRule, type Sections, sections } from "./sections.ts";
export { selectFolds } from "./select-folds.ts";
export type { SectionName } from "./split-manifest.ts";
