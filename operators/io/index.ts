export {
  type Downloaded,
  type DownloadOperator,
  type DownloadOptions,
  download,
  type RemoteFile,
} from "./download.ts";
export {
  type ArchiveFile,
  type Extracted,
  type ExtractedFiles,
  type ExtractOperator,
  type ExtractOptions,
  extract,
} from "./extract.ts";
export { type LoadFieldOptions, type LoadOperator, type LoadOptions, type LoadPathOperator, load } from "./load.ts";
