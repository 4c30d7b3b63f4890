/** HTTP headers given by users. */
import * as v from "valibot";
import { recordSchema } from "../options.ts";

/**
 * Checks names and values of HTTP headers (RFC 9110, 5.1 and 5.5): a token, and no line break. Messages never contain a
 * value.
 */
export const headersSchema = recordSchema(
  v.pipe(v.string(), v.regex(/^[\w!#$%&'*+.^`|~-]+$/, "not a valid header name")),
  v.pipe(
    v.string(),
    v.regex(/^[\t\x20-\x7e\x80-\xff]*$/, "contains a line break or another character that is invalid in a header"),
  ),
);
