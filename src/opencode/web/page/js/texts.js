// The texts of the page in the language of the person; `t("web.send")`, plurals by `n`.

import { get, hear } from "./server.js";
import { kept, keep } from "./kept.js";

/** @type {{language: string, direction: string, languages: Object<string, string>, texts: Object<string, string>}} */
let spoken = { language: "en", direction: "ltr", languages: {}, texts: {} };

/** How browsers call the languages whose codes differ. @type {Object<string, string>} */
const LOCALES = { zht: "zh-Hant", zh: "zh-Hans", no: "nb" };

/** Load the language that was chosen, or the browser's; the document follows. */
export async function speak(language = kept("language", "auto")) {
  keep("language", language);
  spoken = await get(`/web/texts/${encodeURIComponent(language)}`);
  document.documentElement.lang = locale();
  hear(locale());
  document.documentElement.dir = spoken.direction;
}

/** @returns {string} the language as Intl knows it */
export function locale() {
  return LOCALES[spoken.language] ?? spoken.language;
}

/** @returns {[string, string][]} code and own name of each language there is */
export function languages() {
  return Object.entries(spoken.languages);
}

/**
 * A text with its `{fields}` filled; one that is missing is shown by its name.
 * @param {string} key
 * @param {Object<string, string | number>} [values] `n` picks the plural form
 * @returns {string}
 */
export function t(key, values = {}) {
  const text = found(key, values.n) ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) =>
    name in values ? shown(values[name]) : whole,
  );
}

/** @param {string} key @param {any} n */
function found(key, n) {
  if (typeof n !== "number") return spoken.texts[key] ?? spoken.texts[`${key}.other`];
  const form = new Intl.PluralRules(locale()).select(n);
  return spoken.texts[`${key}.${form}`] ?? spoken.texts[`${key}.other`] ?? spoken.texts[key];
}

/** @param {string | number} value */
function shown(value) {
  return typeof value === "number" ? new Intl.NumberFormat(locale()).format(value) : value;
}

/** @param {string} tool @returns {string} its name for people */
export function toolName(tool) {
  return spoken.texts[`tool.${tool}`] ?? tool;
}

/**
 * What a tool says over its result, which is English, as people read it here.
 * @param {string} title
 * @returns {string}
 */
export function caption(title) {
  const done = /^(\d+) of (\d+) completed$/.exec(title);
  if (done) return t("caption.completed", { good: Number(done[1]), count: Number(done[2]) });
  const counted = /^(\d+) (file|match|entr|error|definition|reference)(?:|s|es|y|ies)(?: in (\d+) files?)?$/.exec(title);
  if (!counted) return title;
  const what = t(`caption.${counted[2]}`, { n: Number(counted[1]) });
  if (!counted[3]) return what;
  return t("caption.found", { what, where: t("caption.in_file", { n: Number(counted[3]) }) });
}

/** @param {string} name of a column @returns {string} */
export function heading(name) {
  return spoken.texts[`caption.column.${name.toLowerCase()}`] ?? name;
}

/** @param {number} seconds since 1970 @returns {string} "5 minutes ago" */
export function ago(seconds) {
  const format = new Intl.RelativeTimeFormat(locale(), { numeric: "auto", style: "short" });
  const past = Date.now() / 1000 - seconds;
  if (past < 45) return format.format(0, "second");
  if (past < 3_600) return format.format(-Math.max(1, Math.round(past / 60)), "minute");
  if (past < 86_400) return format.format(-Math.round(past / 3_600), "hour");
  if (past < 30 * 86_400) return format.format(-Math.round(past / 86_400), "day");
  return new Intl.DateTimeFormat(locale(), { dateStyle: "medium" }).format(seconds * 1000);
}

/** @param {number} count @returns {string} "12K" */
export function short(count) {
  return new Intl.NumberFormat(locale(), { notation: "compact", maximumFractionDigits: 1 }).format(count);
}

/** @param {number | null} cost dollars @returns {string} */
export function price(cost) {
  if (cost === null) return t("web.price_unknown");
  if (cost > 0 && cost < 0.0001) return `< ${price(0.0001)}`;
  const digits = cost > 0 && cost < 0.1 ? 4 : 2;
  return new Intl.NumberFormat(locale(), {
    style: "currency",
    currency: "USD",
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(cost);
}
