/**
 * A file server in a process of its own, which may be killed. Arguments: the file, its path on the server, the port (0: any), and after how many bytes of
 * the first answer nothing more comes (none: never). Says its origin.
 */
import { readFile } from "node:fs/promises";
import { serveFiles } from "../support/file-server.ts";

const [file = "", path = "", port = "0", stallAfter] = process.argv.slice(2);
const faults = stallAfter === undefined ? [] : [{ stallAfter: Number(stallAfter) }];
const server = await serveFiles({ [path]: { body: await readFile(file), etag: '"1"', faults } }, Number(port));
process.send?.(server.origin);
