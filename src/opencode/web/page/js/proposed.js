// What a call would change in a file, out of its arguments: shown before it is allowed.

/** @typedef {{path: string, patch: string}} Proposed */

/**
 * @param {import("./types.js").ToolPart | undefined} call
 * @returns {Proposed | null} null for calls that change no file in a known way
 */
export function proposed(call) {
  const input = call?.input ?? {};
  const path = input.path ?? input.file_path ?? input.filePath ?? "";
  if (call?.tool === "write" && typeof input.content === "string") {
    return { path, patch: hunk("", input.content) };
  }
  const edits = Array.isArray(input.edits) ? input.edits : [input];
  const hunks = edits.map(({ old_string, new_string, oldString, newString }) =>
    hunk(old_string ?? oldString, new_string ?? newString),
  );
  if (!["edit", "multiedit"].includes(call?.tool ?? "") || hunks.includes("")) return null;
  return { path, patch: hunks.join("\n") };
}

/** Old lines against new ones, with what both begin and end with around them.
 * @param {unknown} before @param {unknown} after @returns {string} */
function hunk(before, after) {
  if (typeof before !== "string" || typeof after !== "string") return "";
  const [old, fresh] = [lines(before), lines(after)];
  const most = Math.min(old.length, fresh.length);
  let start = 0;
  while (start < most && old[start] === fresh[start]) start += 1;
  let end = 0;
  while (end < most - start && old.at(-1 - end) === fresh.at(-1 - end)) end += 1;
  return [
    `@@ -1,${old.length} +1,${fresh.length} @@`,
    ...old.slice(0, start).map((line) => ` ${line}`),
    ...old.slice(start, old.length - end).map((line) => `-${line}`),
    ...fresh.slice(start, fresh.length - end).map((line) => `+${line}`),
    ...old.slice(old.length - end).map((line) => ` ${line}`),
  ].join("\n");
}

/** @param {string} text */
const lines = (text) => (text ? text.replace(/\n$/, "").split("\n") : []);
