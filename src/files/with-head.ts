/** The first bytes of a stream, at least `count` if there are so many, and all of its bytes with those. */
export async function withHead(bytes: AsyncIterable<Uint8Array>, count: number) {
  const chunks = bytes[Symbol.asyncIterator]();
  const parts: Uint8Array[] = [];
  for (let length = 0; length < count; length += parts.at(-1)?.length ?? 0) {
    const next = await chunks.next();
    if (next.done) break;
    parts.push(next.value);
  }
  const head = Buffer.concat(parts);
  async function* whole(): AsyncGenerator<Uint8Array, void, void> {
    try {
      if (head.length > 0) yield head;
      for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value;
    } finally {
      await chunks.return?.();
    }
  }
  return { head, whole: whole() };
}
