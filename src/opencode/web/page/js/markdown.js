// Markdown as safe nodes, block by block, so that a growing answer only redraws its end.

import hljs from "../vendor/highlight.js";
import { Marked } from "../vendor/marked.js";
import purify from "../vendor/purify.js";
import { copyText } from "./clipboard.js";
import { t } from "./texts.js";

/** Longer code is shown plain: colouring it would hold up the page. */
const LONGEST = 60_000;

/** Tags without attributes that may stand in markdown, or a sign that must not. */
const TAGS = /<\/?(?:br|kbd|sub|sup|details|summary|b|i|em|strong|code|mark)\s*\/?>|[<>"']/gi;

/** @type {any} its file holds no types */
const DOMPurify = purify;

const marked = new Marked({
  gfm: true,
  renderer: {
    /** @param {{text: string, lang?: string}} token */
    code({ text, lang }) {
      const language = (lang ?? "").split(/[\s{:]/)[0];
      const name = language ? ` data-language="${escape(language)}"` : "";
      return `<pre${name}><code>${coloured(text, language)}</code></pre>`;
    },
    /** @param {{checked: boolean}} token */
    checkbox: ({ checked }) => (checked ? "☑ " : "☐ "),
    /** @param {{text: string}} token plain tags work, all others are shown as they are written */
    html: ({ text }) => text.replace(TAGS, (one) => (one.length > 1 ? one : escape(one))),
    /** @param {{href: string, text: string}} token pictures from outside are links */
    image: ({ href, text }) => `<a href="${escape(href)}">${escape(text || href)}</a>`,
  },
});

const RULES = {
  RETURN_DOM_FRAGMENT: true,
  USE_PROFILES: { html: true },
  FORBID_TAGS: ["style", "form", "input", "button", "img", "video", "audio", "picture", "source"],
  FORBID_ATTR: ["style", "id", "name"],
};

DOMPurify.addHook("afterSanitizeAttributes", (/** @type {Element} */ node) => {
  if (node.tagName !== "A") return;
  node.setAttribute("target", "_blank");
  node.setAttribute("rel", "noopener noreferrer");
});

/** @typedef {{raw: string, token: any}} Block */
/** @typedef {{text: string, blocks: Block[]}} Read a text and what it was read as */

/**
 * The blocks of a text.
 * @param {string} text
 * @returns {Read}
 */
export function read(text) {
  return { text, blocks: marked.lexer(text).map((token) => ({ raw: token.raw, token })) };
}

/**
 * The same for a text that grows: only its last blocks can still change, so only they are read
 * again, however long it is.
 * @param {Read} before
 * @param {string} text
 * @returns {Read}
 */
export function readOn(before, text) {
  if (text === before.text) return before;
  if (!before.text || !text.startsWith(before.text)) return read(text);
  const kept = before.blocks.slice(0, -2);
  const start = kept.reduce((sum, block) => sum + block.raw.length, 0);
  return { text, blocks: [...kept, ...read(text.slice(start)).blocks] };
}

/** @param {any} token of `blocks` @returns {DocumentFragment} */
export function drawn(token) {
  const fragment = clean(marked.parser([token]));
  for (const pre of fragment.querySelectorAll("pre")) addCopy(pre);
  for (const table of fragment.querySelectorAll("table")) makeScrollable(table);
  return fragment;
}

/**
 * Code in colours, as safe nodes.
 * @param {string} text
 * @param {string} language or a file's name
 * @returns {DocumentFragment}
 */
export function code(text, language) {
  return clean(coloured(text, languageOf(language)));
}

/** @param {string} name @returns {string} */
function languageOf(name) {
  const file = name.split("/").at(-1) ?? "";
  return file.includes(".") ? (file.split(".").at(-1) ?? "") : file.toLowerCase();
}

/** @param {string} html @returns {DocumentFragment} */
function clean(html) {
  return /** @type {any} */ (DOMPurify.sanitize(html, RULES));
}

/** @param {string} text @param {string} language @returns {string} */
function coloured(text, language) {
  if (text.length > LONGEST || !hljs.getLanguage(language)) return escape(text);
  return hljs.highlight(text, { language, ignoreIllegals: true }).value;
}

/** @param {string} text @returns {string} */
function escape(text) {
  return text.replace(/[&<>"']/g, (one) => `&#${one.charCodeAt(0)};`);
}

/** @param {HTMLElement} pre */
function addCopy(pre) {
  pre.tabIndex = 0;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy";
  button.textContent = t("web.copy");
  button.addEventListener("click", async () => {
    await copyText(pre.querySelector("code")?.textContent ?? "");
    button.textContent = t("web.copied");
    setTimeout(() => (button.textContent = t("web.copy")), 1_500);
  });
  const box = document.createElement("div");
  box.className = "code-box";
  pre.replaceWith(box);
  box.append(pre, button);
}

/** @param {HTMLElement} table */
function makeScrollable(table) {
  const box = document.createElement("div");
  box.className = "table-box";
  box.tabIndex = 0;
  table.replaceWith(box);
  box.append(table);
}
