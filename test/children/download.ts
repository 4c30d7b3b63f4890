/** Run in a process of its own by the tests: downloads, says how far it is, and is killed in between. */
import { downloadFile } from "../../src/http/download-file.ts";

const [url = "", path = ""] = process.argv.slice(2);
await downloadFile({ url, path, onProgress: ({ bytes }) => process.send?.(bytes) });
