/**
 * What is looked at before LMDB walks a file: it trusts what it maps, so that a file of another kind, one cut short, or a flipped bit in a
 * page would end the process with a signal, or hide half of what is there, where an error is called for.
 *
 * Layout (LMDB of package lmdb 3, data version 2; all little endian): pages 0 and 1 are metas, and transaction t is in meta t mod 2. A meta
 * names two trees: pages that are free, and what is stored. Every page of a tree begins with its own number. Nothing here writes.
 * @module
 */
import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';

const MAGIC = 0xbeefc0de;
const VERSION = 2;
const MAX_PAGE = 65_536;

const HEADER_BYTES = 24;
const AT = { number: 0, transaction: 8, flags: 18, lower: 20, upper: 22, pages: 20 } as const;
const META_AT = { magic: 24, version: 28, pageSize: 48, free: 48, main: 96, last: 144, transaction: 152 } as const;
const META_BYTES = 160;
const TREE_AT = { flags: 4, depth: 6, branches: 8, leaves: 16, overflows: 24, entries: 32, root: 40 } as const;
const NODE_AT = { flags: 4, keyBytes: 6, key: 8 } as const;
/** What a node holds whose data has pages of its own: first page, transaction, number of pages. */
const ELSEWHERE_BYTES = 24;

const BRANCH = 1;
const LEAF = 2;
const OVERFLOW = 4;
const ELSEWHERE = 1;
/** Of a file that is no folder and was never opened to be flushed late; of its tree of free pages, whose keys are numbers; of the other tree. */
const FLAGS = { free: 0x4008, main: 0 } as const;
const NO_ROOT = 2n ** 64n - 1n;
const MAX_DEPTH = 32;
/** Beyond twice what a file has, it can name no more pages than one transaction makes. */
const SPARE_PAGES = 65_536;

interface Tree {
  readonly flags: number;
  readonly depth: number;
  readonly branches: number;
  readonly leaves: number;
  readonly overflows: number;
  readonly entries: number;
  /** Undefined where the tree is empty. */
  readonly root: number | undefined;
}

interface Meta {
  readonly pageSize: number;
  readonly last: number;
  readonly transaction: number;
  readonly free: Tree;
  readonly main: Tree;
}

/**
 * Makes sure that `path`, where it exists, begins like a file of LMDB: only then may LMDB open it.
 * @throws Damaged where it does not
 */
export function checkMetas(path: string): void {
  if (existsSync(path)) withFile(path, newestMeta);
}

/** How many bytes of `path` pages have: what follows is room for more. */
export function bytesUsed(path: string): number {
  return withFile(path, (file) => {
    const meta = newestMeta(file);
    return meta === undefined ? 0 : (meta.last + 1) * meta.pageSize;
  });
}

/**
 * Makes sure that LMDB can walk the newest state of `path`: every page is where its parent says and belongs to one place, keys ascend, and
 * there is as much of everything as the meta says. A reader that LMDB knows of must have begun before, so that what is looked at stays.
 * @throws Damaged where it cannot
 */
export function checkPages(path: string): void {
  withFile(path, (file) => {
    const meta = newestMeta(file);
    if (meta === undefined) return;
    const walk = new Walk(file, meta);
    walk.tree(meta.main, false);
    walk.checkFree(walk.tree(meta.free, true));
  });
}

/** What a file holds is not what was written there; the message says what came instead. */
export class Damaged extends Error {}

function check(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Damaged(what);
}

function withFile<T>(path: string, work: (file: number) => T): T {
  const file = openSync(path, 'r');
  try {
    return work(file);
  } catch (error) {
    // a number that no page, key or array can have
    throw error instanceof RangeError ? new Damaged(error.message, { cause: error }) : error;
  } finally {
    closeSync(file);
  }
}

function readAt(file: number, offset: number, bytes: number): Buffer {
  const buffer = Buffer.alloc(bytes);
  check(readSync(file, buffer, 0, bytes, offset) === bytes, 'one that ends early');
  return buffer;
}

/** Whole numbers that a file can need fit in a double. */
function wholeAt(buffer: Buffer, offset: number): number {
  const value = buffer.readBigUInt64LE(offset);
  check(value <= BigInt(Number.MAX_SAFE_INTEGER), 'a number out of range');
  return Number(value);
}

/** The state that LMDB will open; undefined where a process was killed while it made the file. */
function newestMeta(file: number): Meta | undefined {
  if (fstatSync(file).size === 0) return undefined;
  const first = readAt(file, 0, META_BYTES);
  const pageSize = first.readUInt32LE(META_AT.pageSize);
  check(first.readUInt32LE(META_AT.magic) === MAGIC, 'a file of another kind');
  check(pageSize >= 512 && pageSize <= MAX_PAGE && (pageSize & (pageSize - 1)) === 0, 'a wrong page size');
  const metas = [metaOf(first, 0), metaOf(readAt(file, pageSize, META_BYTES), 1)] as const;
  const [even, odd] = metas.map(({ transaction }) => transaction) as [number, number];
  const unused = even === 0 && odd === 0;
  check(unused || (even % 2 === 0 && odd % 2 === 1 && Math.abs(even - odd) === 1), 'wrong numbers of transactions');
  check(metas[1].pageSize === pageSize, 'a wrong page size');
  const meta = odd > even ? metas[1] : metas[0];
  // free pages at the end need not be in the file
  const most = 2 * (fstatSync(file).size / pageSize) + SPARE_PAGES;
  check(meta.last >= 1 && meta.last <= most, 'one that ends early');
  return meta;
}

function metaOf(buffer: Buffer, number: number): Meta {
  check(wholeAt(buffer, AT.number) === number, 'a page in the place of another');
  check(buffer.readUInt32LE(META_AT.magic) === MAGIC, 'a file of another kind');
  check(buffer.readUInt32LE(META_AT.version) === VERSION, 'a file of another version');
  const [free, main] = [treeOf(buffer.subarray(META_AT.free)), treeOf(buffer.subarray(META_AT.main))];
  check(free.flags === FLAGS.free && main.flags === FLAGS.main, 'a tree of another kind');
  return {
    pageSize: buffer.readUInt32LE(META_AT.pageSize),
    last: wholeAt(buffer, META_AT.last),
    transaction: wholeAt(buffer, META_AT.transaction),
    free,
    main,
  };
}

function treeOf(buffer: Buffer): Tree {
  const empty = buffer.readBigUInt64LE(TREE_AT.root) === NO_ROOT;
  return {
    flags: buffer.readUInt16LE(TREE_AT.flags),
    depth: buffer.readUInt16LE(TREE_AT.depth),
    branches: wholeAt(buffer, TREE_AT.branches),
    leaves: wholeAt(buffer, TREE_AT.leaves),
    overflows: wholeAt(buffer, TREE_AT.overflows),
    entries: wholeAt(buffer, TREE_AT.entries),
    root: empty ? undefined : wholeAt(buffer, TREE_AT.root),
  };
}

/** Where the data of a leaf's node is. */
interface Place {
  readonly offset: number;
  readonly bytes: number;
}

/** Looks at every page that two trees use. */
class Walk {
  readonly #file: number;
  readonly #meta: Meta;
  readonly #bytes: number;
  readonly #used: Uint8Array;
  #counts = { branches: 0, leaves: 0, overflows: 0, entries: 0 };
  #lastKey: Buffer | undefined;
  #numbered = false;
  #places: Place[] = [];

  constructor(file: number, meta: Meta) {
    this.#file = file;
    this.#meta = meta;
    this.#bytes = fstatSync(file).size;
    this.#used = new Uint8Array(meta.last + 1);
    this.#used.fill(1, 0, 2);
  }

  /** @param numbered whether keys are 64-bit numbers. @returns where the data of its nodes is, if they are numbered */
  tree({ depth, root, ...counts }: Tree, numbered: boolean): Place[] {
    this.#counts = { branches: 0, leaves: 0, overflows: 0, entries: 0 };
    this.#lastKey = undefined;
    this.#numbered = numbered;
    this.#places = [];
    check(depth <= MAX_DEPTH && (root === undefined) === (depth === 0), 'a tree of wrong depth');
    if (root !== undefined) this.#page(root, depth, undefined);
    for (const name of ['branches', 'leaves', 'overflows', 'entries'] as const) {
      check(this.#counts[name] === counts[name], `${this.#counts[name]} ${name} in place of ${counts[name]}`);
    }
    return this.#places;
  }

  /** Pages that the lists name: none of them is in use. */
  checkFree(lists: readonly Place[]): void {
    for (const { offset, bytes } of lists) {
      const list = readAt(this.#file, offset, bytes);
      const length = wholeAt(list, 0);
      check(8 * (length + 1) <= bytes, 'a list of free pages that ends early');
      for (let i = 1; i <= length; i++) {
        // 0 is a gap, -n says that n pages begin at the next entry
        const entry = list.readBigInt64LE(8 * i);
        if (entry === 0n) continue;
        const run = entry < 0n ? Number(-entry) : 1;
        if (entry < 0n) check(++i <= length, 'a list of free pages that ends early');
        const first = wholeAt(list, 8 * i);
        check(first >= 2 && first + run - 1 <= this.#meta.last, 'a free page beyond the end');
        check(!this.#used.subarray(first, first + run).includes(1), 'a page both free and used');
      }
    }
  }

  #take(first: number, count: number): void {
    check(first >= 2 && count >= 1 && first + count - 1 <= this.#meta.last, 'a page beyond the end');
    check(!this.#used.subarray(first, first + count).includes(1), 'a page with two places');
    this.#used.fill(1, first, first + count);
  }

  #read(number: number, bytes: number, flags: number): Buffer {
    const page = readAt(this.#file, number * this.#meta.pageSize, bytes);
    check(wholeAt(page, AT.number) === number, 'a page in the place of another');
    check(page.readUInt16LE(AT.flags) === flags, 'a page of another kind');
    this.#checkAge(wholeAt(page, AT.transaction));
    return page;
  }

  /** LMDB takes a page of a later transaction for one that it may change. */
  #checkAge(transaction: number): void {
    check(transaction >= 1 && transaction <= this.#meta.transaction, 'a page of a transaction to come');
  }

  /** @param depth of the tree from this page on @param from the key that its parent has for it: none in it is lower */
  #page(number: number, depth: number, from: Buffer | undefined): void {
    const { pageSize } = this.#meta;
    this.#take(number, 1);
    const isLeaf = depth === 1;
    this.#counts[isLeaf ? 'leaves' : 'branches']++;
    const page = this.#read(number, pageSize, isLeaf ? LEAF : BRANCH);
    const [lower, upper] = [page.readUInt16LE(AT.lower), page.readUInt16LE(AT.upper)];
    check(lower % 2 === 0 && lower <= upper && upper <= pageSize - HEADER_BYTES, 'a page of wrong size');
    const count = lower / 2;
    check(count >= (isLeaf ? 1 : 2), 'an empty page');
    const spans: [number, number][] = [];
    for (let i = 0; i < count; i++) {
      const pointer = page.readUInt16LE(HEADER_BYTES + 2 * i);
      check(pointer >= upper, 'a node out of its page');
      const node = page.subarray(HEADER_BYTES + pointer);
      const keyBytes = node.readUInt16LE(NODE_AT.keyBytes);
      check(NODE_AT.key + keyBytes <= node.length, 'a key out of its page');
      const key = node.subarray(NODE_AT.key, NODE_AT.key + keyBytes);
      const used = isLeaf ? this.#leafNode(node, key, number) : this.#branchNode(node, key, i, depth, from);
      if (isLeaf && i === 0 && from) check(this.#compare(from, key) <= 0, 'a key out of order');
      spans.push([pointer, pointer + used]);
    }
    spans.sort(([a], [b]) => a - b);
    for (const [i, [, end]] of spans.entries()) {
      check(end <= (spans[i + 1]?.[0] ?? pageSize - HEADER_BYTES), 'nodes that overlap');
    }
  }

  /** @returns the bytes that the node takes */
  #branchNode(node: Buffer, key: Buffer, index: number, depth: number, from: Buffer | undefined): number {
    const child = node.readUInt32LE(0) + node.readUInt16LE(NODE_AT.flags) * 2 ** 32;
    // the first node's key is not looked at: what is below begins where this page does
    if (index > 0 && this.#lastKey) check(this.#compare(this.#lastKey, key) < 0, 'a key out of order');
    this.#page(child, depth - 1, index > 0 ? key : from);
    return NODE_AT.key + key.length;
  }

  /** @returns the bytes that the node takes */
  #leafNode(node: Buffer, key: Buffer, page: number): number {
    const { pageSize } = this.#meta;
    check(key.length > 0 && (!this.#numbered || key.length === 8), 'a key of wrong size');
    if (this.#lastKey) check(this.#compare(this.#lastKey, key) < 0, 'a key out of order');
    this.#lastKey = key;
    this.#counts.entries++;
    const bytes = node.readUInt32LE(0);
    const flags = node.readUInt16LE(NODE_AT.flags);
    const data = NODE_AT.key + key.length;
    check((flags & ~ELSEWHERE) === 0, 'a node of another kind');
    if (flags === 0) {
      check(data + bytes <= node.length, 'data out of its page');
      const offset = (page + 1) * pageSize - node.length + data;
      if (this.#numbered) this.#places.push({ offset, bytes });
      return data + bytes;
    }
    check(data + ELSEWHERE_BYTES <= node.length, 'data out of its page');
    const first = wholeAt(node, data);
    const pages = wholeAt(node, data + 16);
    check(pages >= Math.ceil((HEADER_BYTES + bytes) / pageSize), 'data of another size');
    this.#checkAge(wholeAt(node, data + 8));
    this.#take(first, pages);
    this.#counts.overflows += pages;
    const header = this.#read(first, HEADER_BYTES, OVERFLOW);
    check(header.readUInt32LE(AT.pages) === pages, 'data of another size');
    check((first + pages) * pageSize <= this.#bytes, 'one that ends early');
    if (this.#numbered) this.#places.push({ offset: first * pageSize + HEADER_BYTES, bytes });
    return data + ELSEWHERE_BYTES;
  }

  #compare(a: Buffer, b: Buffer): number {
    if (!this.#numbered) return Buffer.compare(a, b);
    check(a.length === 8 && b.length === 8, 'a key of wrong size');
    const [first, second] = [a.readBigUInt64LE(0), b.readBigUInt64LE(0)];
    return first < second ? -1 : first > second ? 1 : 0;
  }
}
