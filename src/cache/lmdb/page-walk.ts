/**
 * Looks at the pages of an LMDB file that lmdb follows without a check of its own: a damaged one ends the process.
 * Layout: lmdb's mdb.c, MDB_page_header, MDB_node, MDB_ovpage and MDB_db.
 */
import { readSync } from "node:fs";
import { eventLoopTurn } from "../../async/event-loop-turn.ts";
import { long, short, word } from "./read-fields.ts";

/**
 * A header of 24 bytes; then the positions of the nodes, in 16 bits each, and after a gap the nodes. All positions, and
 * the ends of the gap, count from the end of the header.
 */
const header = { pageNumber: 0, flags: 18, lower: 20, upper: 22, pages: 20, bytes: 24 };
const kinds = { branch: 1, leaf: 2, overflow: 4, mask: 0x6f };
/** A node: 32 bits of size or page number, flags, size of its key, the key, the data. */
const node = { flags: 4, keySize: 6, key: 8 };
const inOverflow = 1;
const inTree = 2;
/** Number, transaction and count of the pages of a large value. */
const overflow = { pages: 16, bytes: 24 };
const tree = { depth: 6, root: 40, bytes: 48 };
const noPage = 0xffffffffffffffffn;
const deepest = 32;
/** Stores of more are opened after a look at so many pages: it takes about a second. */
const mostPages = 50_000;
const pagesPerTurn = 500;

/** A file, and where its trees begin. */
export interface PagedFile {
  readonly fd: number;
  readonly pageSize: number;
  readonly lastPage: number;
  /** Records of the two trees of the file: of free pages, and of the tables. */
  readonly trees: readonly Uint8Array[];
}

/** Whether the pages that belong to the trees of a file are whole, as far as lmdb relies on that. */
export async function arePagesWhole(file: PagedFile): Promise<boolean> {
  try {
    const walk = new PageWalk(file);
    for (const record of file.trees) await walk.tree(Buffer.from(record), 0);
    return true;
  } catch (error) {
    if (error instanceof Damage) return false;
    throw error;
  }
}

class Damage extends Error {}

class PageWalk {
  readonly #file: PagedFile;
  readonly #seen = new Set<number>();
  readonly #first = Buffer.alloc(header.bytes);

  constructor(file: PagedFile) {
    this.#file = file;
  }

  /** A tree of a table; tables are in a tree themselves. */
  async tree(record: Buffer, above: number): Promise<void> {
    const root = long(record, tree.root);
    if (root === noPage) return;
    const depth = short(record, tree.depth);
    check(depth > 0 && depth <= deepest && above < 2);
    await this.#page(this.#number(root), depth, above);
  }

  async #page(number: number, depth: number, above: number): Promise<void> {
    if (!(await this.#visit(number))) return;
    const { pageSize, fd } = this.#file;
    const page = Buffer.alloc(pageSize);
    check(readSync(fd, page, 0, pageSize, number * pageSize) === pageSize);
    check(long(page, header.pageNumber) === BigInt(number));
    const kind = short(page, header.flags) & kinds.mask;
    check(kind === (depth === 1 ? kinds.leaf : kinds.branch));
    const [lower, upper] = [short(page, header.lower), short(page, header.upper)];
    check(lower % 2 === 0 && lower <= upper && upper <= pageSize - header.bytes);
    for (let at = header.bytes; at < header.bytes + lower; at += 2) {
      const start = short(page, at) + header.bytes;
      check(start >= upper + header.bytes && start + node.key <= pageSize);
      const data = start + node.key + short(page, start + node.keySize);
      check(data <= pageSize);
      if (kind === kinds.branch) await this.#page(this.#childOf(page, start), depth - 1, above);
      else await this.#value(page, start, data, above);
    }
  }

  async #value(page: Buffer, start: number, data: number, above: number): Promise<void> {
    const size = word(page, start);
    const flags = short(page, start + node.flags);
    const bytes = (flags & inOverflow) === 0 ? size : overflow.bytes;
    check(data + bytes <= page.length);
    if ((flags & inTree) !== 0) {
      check(size === tree.bytes);
      await this.tree(page.subarray(data, data + tree.bytes), above + 1);
    } else if ((flags & inOverflow) !== 0) {
      await this.#overflow(this.#number(long(page, data)), Number(long(page, data + overflow.pages)), size);
    }
  }

  async #overflow(number: number, pages: number, size: number): Promise<void> {
    const { pageSize, lastPage, fd } = this.#file;
    check(number + pages - 1 <= lastPage && pages * pageSize >= header.bytes + size);
    if (!(await this.#visit(number))) return;
    const first = this.#first;
    check(readSync(fd, first, 0, header.bytes, number * pageSize) === header.bytes);
    check(long(first, header.pageNumber) === BigInt(number));
    check((short(first, header.flags) & kinds.mask) === kinds.overflow && word(first, header.pages) === pages);
  }

  #childOf(page: Buffer, start: number): number {
    return this.#number(BigInt(word(page, start)) + BigInt(short(page, start + node.flags)) * 2n ** 32n);
  }

  #number(page: bigint): number {
    check(page > 1n && page <= BigInt(this.#file.lastPage));
    return Number(page);
  }

  /** Notes a page; false if enough have been looked at. */
  async #visit(number: number): Promise<boolean> {
    if (this.#seen.size >= mostPages) return false;
    check(!this.#seen.has(number));
    this.#seen.add(number);
    if (this.#seen.size % pagesPerTurn === 0) await eventLoopTurn();
    return true;
  }
}

function check(isRight: boolean): void {
  if (!isRight) throw new Damage();
}
