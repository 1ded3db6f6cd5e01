// A unified diff as rows, for one column or two, with what changed inside a line.

/**
 * @typedef {{kind: "same" | "added" | "removed" | "hunk", before: number, after: number,
 *   text: string, marked?: [number, number]}} Row
 *   `marked` is where the line differs from the one it replaced.
 * @typedef {{left: Row | null, right: Row | null}} Pair
 */

/** @param {string} patch @returns {Row[]} */
export function rows(patch) {
  /** @type {Row[]} */
  const out = [];
  let before = 0;
  let after = 0;
  let isInside = false;
  for (const line of patch.split("\n")) {
    const head = /^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@(.*)/.exec(line);
    if (head) {
      [before, after, isInside] = [Number(head[1]), Number(head[2]), true];
      const isStart = !out.length && before <= 1 && after <= 1;
      if (!isStart) out.push({ kind: "hunk", before, after, text: head[3].trim() });
    } else if (!isInside || line.startsWith("\\") || /^(diff |index )/.test(line)) {
      isInside = isInside && !/^(diff |index )/.test(line);
    } else if (line.startsWith("+")) {
      out.push({ kind: "added", before: 0, after: after++, text: line.slice(1) });
    } else if (line.startsWith("-")) {
      out.push({ kind: "removed", before: before++, after: 0, text: line.slice(1) });
    } else if (line.startsWith(" ")) {
      out.push({ kind: "same", before: before++, after: after++, text: line.slice(1) });
    }
  }
  for (const { left, right } of pairs(out)) {
    if (left?.kind === "removed" && right?.kind === "added") mark(left, right);
  }
  return out;
}

/** Removed lines beside those that stand for them. @param {Row[]} all @returns {Pair[]} */
export function pairs(all) {
  /** @type {Pair[]} */
  const out = [];
  for (let at = 0; at < all.length; ) {
    if (all[at].kind === "same" || all[at].kind === "hunk") {
      out.push({ left: all[at], right: all[at] });
      at += 1;
      continue;
    }
    const removed = run(all, at, "removed");
    const added = run(all, at + removed.length, "added");
    for (let n = 0; n < Math.max(removed.length, added.length); n += 1) {
      out.push({ left: removed[n] ?? null, right: added[n] ?? null });
    }
    at += removed.length + added.length;
  }
  return out;
}

/** @param {Row[]} all @param {number} from @param {Row["kind"]} kind */
function run(all, from, kind) {
  let end = from;
  while (end < all.length && all[end].kind === kind) end += 1;
  return all.slice(from, end);
}

/** Both lines without their common beginning and end. @param {Row} left @param {Row} right */
function mark(left, right) {
  const [a, b] = [left.text, right.text];
  const most = Math.min(a.length, b.length);
  let start = 0;
  while (start < most && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < most - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end += 1;
  if (start + end < Math.max(a.length, b.length) * 0.25) return;
  left.marked = [start, a.length - end];
  right.marked = [start, b.length - end];
}
