/** Headers that users give for servers. */
import { z } from "zod";

/** Checks names and values as HTTP has them (RFC 9110, 5.1 and 5.5): a token, and no line break. Messages never hold a value. */
export const headersSchema = z.record(
  z.string().regex(/^[\w!#$%&'*+.^`|~-]+$/, "no name of a header"),
  z.string().regex(/^[\t\x20-\x7e\x80-\xff]*$/, "a line break, or another character that no header can have"),
);
