export {
  type Decode,
  type Decoded,
  type DecodeFieldOptions,
  type DecodeImageOptions,
  decode,
  type NamedBytes,
} from "./decode.ts";
export {
  type Download,
  type Downloaded,
  type DownloadOptions,
  download,
  type RemoteFile,
} from "./download.ts";
export {
  type ArchiveFile,
  type Extract,
  type Extracted,
  type ExtractedFiles,
  type ExtractOptions,
  extract,
} from "./extract.ts";
export { type ImagePath, type Load, type LoadArguments, type Loaded, type LoadOptions, load } from "./load.ts";
export { type SaveOptions, save } from "./save.ts";
export { type WriteShards, type WriteShardsOptions, writeShards } from "./write-shards.ts";
