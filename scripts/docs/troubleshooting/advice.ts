/** What docs/errors.md says about a code, and the run that prints its message. */
import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type ErrorCode, isVoxRxError, onWarning, type Warning, type WarningCode } from "voxrx";
import { type FileServer, type ServedFile, serveFiles } from "../../../test/support/file-server.ts";

/** A code that users see: of an error or of a warning. */
export type Code = ErrorCode | WarningCode;

/**
 * What a reader who met a code should know. All of it is Markdown. Messages must be the same in every process: none that lists
 * the registered formats, to which a test may have added one.
 */
export interface Advice {
  /** The usual causes, in the situation of the user. */
  readonly when: readonly string[];
  /** What to do about it, the most likely remedy first. */
  readonly remedies: readonly string[];
  /** Code that helps, which compiles by itself. */
  readonly code?: string;
  /** Fails with the code, or warns with it: the message on the page comes from this run. */
  readonly provoke?: (place: Place) => unknown;
  /** The message of a code that takes a dead thread, another rxjs or the like. A test compares it with the sources. */
  readonly printed?: string;
}

/** Where a run that fails may write files, and from where it may download. */
export interface Place {
  /** A directory of its own. Messages show it as `/data`. */
  readonly dir: string;
  /** Writes a file below the directory, and gives its path. */
  file(name: string, content: string | Uint8Array): Promise<string>;
  /** Serves files by path, such as `/a.zip`, and gives the URL of the server. Messages show it as `https://example.org`. */
  serve(files: Record<string, ServedFile>): Promise<string>;
  /** The URL of a server that is not there any more. */
  gone(): Promise<string>;
}

/** The message as Node prints it for an error that nobody catches, or for a warning that nobody listens to. */
export async function messageOf(code: Code, { provoke, printed }: Advice): Promise<string | undefined> {
  return provoke ? messageOfRun(code, provoke) : printed;
}

async function messageOfRun(code: Code, provoke: (place: Place) => unknown): Promise<string> {
  const warnings: Warning[] = [];
  const unsubscribe = onWarning((warning) => void warnings.push(warning));
  const dir = await realpath(await mkdtemp(join(tmpdir(), "voxrx-page-")));
  const servers: FileServer[] = [];
  try {
    const error = await thrownBy(provoke, placeAt(dir, servers));
    const warning = warnings.find((given) => given.code === code);
    const text = warning
      ? textOf(warning)
      : isVoxRxError(error) && error.code === code
        ? `${error.name}: ${error.message}`
        : undefined;
    if (text === undefined) throw new Error(`the run for ${code} does not end with it`, { cause: error });
    return servers
      .reduce((shown, { origin }) => shown.replaceAll(origin, "https://example.org"), text)
      .replaceAll(dir, "/data");
  } finally {
    unsubscribe();
    for (const server of servers) await server[Symbol.asyncDispose]();
    await rm(dir, { recursive: true, force: true });
  }
}

async function thrownBy(provoke: (place: Place) => unknown, place: Place): Promise<unknown> {
  try {
    await provoke(place);
    return undefined;
  } catch (error) {
    return error;
  }
}

function textOf({ code, message, detail }: Warning): string {
  return [`(node:1234) [${code}] Warning: ${message}`, ...(detail === undefined ? [] : [detail])].join("\n");
}

function placeAt(dir: string, servers: FileServer[]): Place {
  return {
    dir,
    async file(name, content) {
      const path = join(dir, name);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, content);
      return path;
    },
    async serve(files) {
      const server = await serveFiles(files);
      servers.push(server);
      return server.origin;
    },
    async gone() {
      const server = await serveFiles({});
      servers.push(server);
      await server[Symbol.asyncDispose]();
      return server.origin;
    },
  };
}
