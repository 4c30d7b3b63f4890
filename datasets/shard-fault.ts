/** Says more of a shard that can't be opened than that there is no such file. */
import { stat } from "node:fs/promises";
import { dirname } from "node:path";
import { FormatError, isVoxRxError } from "../src/errors.ts";
import { isUrl } from "../src/http/read-source.ts";

/** The error to throw for a shard that could not be read: another one if a pattern or a directory was given for it. */
export async function shardFault(cause: unknown, source: string): Promise<unknown> {
  if (isUrl(source)) return cause;
  if (isVoxRxError(cause, "VOXRX_FILE_MISSING") && /[*?[]/.test(source)) {
    const fault = "the file does not exist, and * ? [ ] are not expanded in names of shards";
    const dir = dirname(source.slice(0, source.search(/[*?[]/)).concat("x"));
    return new FormatError(cause.code, fault, { file: source, cause, remedy: remedyFor(dir) });
  }
  if (isVoxRxError(cause, "VOXRX_FILE_UNREADABLE") && (await isDirectory(source))) {
    const fault = "the path is a directory, not a shard";
    return new FormatError(cause.code, fault, { file: source, cause, remedy: remedyFor(source.replace(/\/+$/, "")) });
  }
  return cause;
}

/** What a source yields, with the errors of {@link shardFault}. */
export async function* withShardFault<T>(files: AsyncIterable<T>, source: string): AsyncGenerator<T, void, void> {
  try {
    yield* files;
  } catch (error) {
    throw await shardFault(error, source);
  }
}

function remedyFor(dir: string): string {
  const listed = `await listShards(${JSON.stringify(dir)})`;
  return `Give readShards ${listed} if voxrx run --out wrote the directory, else a list of files or braces: "${dir}/shard-{000000..000127}.tar".`;
}

async function isDirectory(path: string): Promise<boolean> {
  const there = await stat(path).catch(() => undefined);
  return there?.isDirectory() === true;
}
