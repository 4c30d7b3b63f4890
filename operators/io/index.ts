export { type BytesItem, type Decoded, type DecodeFieldOptions, type DecodeImageOptions, decode } from "./decode.ts";
export {
  type Downloaded,
  type DownloadOptions,
  download,
  type RemoteFile,
} from "./download.ts";
export {
  type ArchiveFile,
  type Extracted,
  type ExtractedFiles,
  type ExtractOptions,
  extract,
} from "./extract.ts";
export { type Loaded, type LoadFieldOptions, type LoadOptions, load, type PathItem } from "./load.ts";
export { type SaveOptions, save } from "./save.ts";
export { type WriteShardsOptions, writeShards } from "./write-shards.ts";
