// What the word at the cursor may become: `/command` at the beginning, `@file` or `@agent` anywhere.

import { get } from "./server.js";
import { offered } from "./slash.js";
import { state } from "./state.js";
import { t } from "./texts.js";

/** @typedef {{label: string, note: string, insert: string}} Offer */

const MOST = 8;

/** @param {string} text @param {number} cursor @returns {string} what stands between blanks before the cursor */
export function wordAt(text, cursor) {
  return /\S*$/.exec(text.slice(0, cursor))?.[0] ?? "";
}

/** @param {string} text @param {number} cursor @returns {Promise<Offer[]>} */
export async function suggestions(text, cursor) {
  const word = wordAt(text, cursor);
  if (word.startsWith("/") && cursor === word.length) {
    return offered(word.slice(1)).slice(0, 12).map((one) => ({
      label: `/${one.name}`,
      note: one.isOwn ? t(one.text) : one.text,
      insert: `/${one.name}`,
    }));
  }
  if (!word.startsWith("@")) return [];
  const query = word.slice(1);
  const agents = state.agents
    .filter((one) => one.mode !== "primary" && one.name.startsWith(query))
    .map((one) => ({ label: `@${one.name}`, note: one.description, insert: `@${one.name}` }));
  const paths = await get(`/find/file?limit=${MOST}&query=${encodeURIComponent(query)}`).catch(() => []);
  const files = paths.map((/** @type {string} */ path) => ({ label: `@${path}`, note: "", insert: mention(path) }));
  const resources = state.servers.mcp
    .flatMap((one) => one.resources.map(([uri, name]) => ({ insert: `@${one.name}:${uri}`, note: name })))
    .filter((one) => `${one.insert} ${one.note}`.toLowerCase().includes(query.toLowerCase()))
    .map((one) => ({ ...one, label: one.insert }));
  return [...files, ...agents].slice(0, MOST).concat(resources.slice(0, MOST));
}

/** A file's name as prompts write it. @param {string} path @returns {string} */
export const mention = (path) => (/\s/.test(path) ? `@"${path}"` : `@${path}`);

/** The text with the offer in place of the word. @param {string} text @param {number} cursor @param {Offer} offer */
export function applied(text, cursor, offer) {
  const start = cursor - wordAt(text, cursor).length;
  const gap = offer.insert.endsWith("/") && offer.insert.startsWith("@") ? "" : " ";
  const before = text.slice(0, start) + offer.insert + gap;
  return { text: before + text.slice(cursor).replace(/^ /, ""), cursor: before.length };
}
