// What a person can do, each in one place: buttons, keys and slash commands all end here.

import { copyText } from "./clipboard.js";
import { get, patch, post, remove } from "./server.js";
import { changed, show, state, toast } from "./state.js";
import { readServers, readSession } from "./sync.js";
import { t } from "./texts.js";
import { keep, kept } from "./kept.js";

/** Run something; what goes wrong is told. @template T @param {() => Promise<T>} work
 * @returns {Promise<T | undefined>} */
export async function attempt(work) {
  try {
    return await work();
  } catch (error) {
    toast(error instanceof TypeError ? t("web.unreachable") : String(error instanceof Error ? error.message : error), "error");
    return undefined;
  }
}

/** @param {string} hash */
export function go(hash) {
  state.isDrawerOpen = false;
  state.dialog = null;
  if (location.hash === hash) changed();
  else location.hash = hash;
}

/** @returns {string} the open session's id, "" when there is none */
export const here = () => (state.route.page === "chat" ? state.route.id : "");

/**
 * Say something; a new session begins where none is open. False when it did not arrive.
 * @param {string} text
 * @param {{name: string, mime: string, url: string}[]} files
 */
export async function send(text, files) {
  state.sending = { session: here(), text: text || files[0].name };
  changed();
  const sent = await attempt(async () => {
    const had = here();
    let id = had;
    if (!id) {
      const made = await post("/session", { agent: state.fresh.agent, model: state.fresh.model });
      id = made.id;
      if (state.sending) state.sending.session = id;
      await readSession(id);
      go(`#/session/${id}`);
    }
    if (text.startsWith("!") && !files.length) {
      post(`/session/${id}/shell`, { command: text.slice(1).trim() })
        .then(() => (here() === id ? readSession(id) : undefined))
        .catch((error) => toast(error.message, "error"));
      return true;
    }
    const parts = [
      { type: "text", text },
      ...files.map((file) => ({ type: "file", url: file.url, mime: file.mime, filename: file.name })),
    ];
    const variant = id === had ? "" : state.fresh.effort;
    await post(`/session/${id}/prompt_async`, { parts, variant });
    return true;
  });
  state.sending = null;
  changed();
  return sent === true;
}

/** Stop the run. */
export const stop = () => attempt(() => post(`/session/${here()}/abort`));

/** @param {string} ask @param {import("./types.js").Reply} reply */
export const answer = (ask, reply) =>
  attempt(async () => {
    const wasThere = document.querySelector(".asked")?.contains(document.activeElement);
    await post(`/web/asks/${ask}`, reply);
    if (wasThere && matchMedia("(pointer: fine)").matches) document.getElementById("prompt")?.focus();
  });

/** @param {string} message */
export const withdraw = (message) =>
  attempt(async () => {
    const taken = await remove(`/web/session/${here()}/queued/${message}`);
    putIntoInput(words(taken));
  });

/** @param {string} id @param {string} title */
export const rename = (id, title) => attempt(() => patch(`/session/${id}`, { title }));

/** @param {string} id @param {string} [message] copy what stands before it */
export const fork = (id, message = "") =>
  attempt(async () => {
    const copy = await post(`/session/${id}/fork`, { messageID: message });
    go(`#/session/${copy.id}`);
    toast(t("web.forked"));
  });

/** @param {string} id */
export const erase = (id) =>
  attempt(async () => {
    await remove(`/session/${id}`);
    if (here() === id) go("#/");
    toast(t("web.deleted"));
  });

/** @param {string} id */
export function download(id) {
  const link = document.createElement("a");
  link.href = `/web/session/${id}/export`;
  link.download = `${id}.json`;
  link.click();
}

/** Take the last prompt back, with what it changed. */
export const undo = () =>
  attempt(async () => {
    const last = state.open?.messages.filter((one) => one.role === "user" && words(one)).at(-1);
    if (!last) return;
    await post(`/session/${here()}/revert`, { messageID: last.id });
    putIntoInput(words(last));
  });

/** Bring it back. */
export const redo = () => attempt(() => post(`/web/session/${here()}/redo`));

/** Fold the conversation into a summary. */
export const compact = () =>
  attempt(async () => {
    toast(t("web.compacting"));
    await post(`/session/${here()}/summarize`, {});
  });

/** @param {string} agent */
export function useAgent(agent) {
  if (!here()) state.fresh.agent = agent;
  else attempt(() => patch(`/session/${here()}`, { agent }));
  show(null);
}

/** The next one a person talks to. @param {number} step */
export function nextAgent(step) {
  const names = state.agents.filter((one) => one.mode !== "subagent").map((one) => one.name);
  const now = state.open && here() ? state.open.info.agent : state.fresh.agent || names[0];
  useAgent(names[(names.indexOf(now) + step + names.length) % names.length]);
}

/** @param {string} model */
export function useModel(model) {
  if (!here()) state.fresh.model = model;
  else attempt(() => patch(`/session/${here()}`, { model }));
  show(null);
}

/** @returns {string[]} what the model that answers next lets one choose */
export function effortsNow() {
  const model = here() ? state.open?.info.model : state.fresh.model;
  return state.models.find((one) => one.id === model)?.efforts ?? [];
}

/** Show them, or say that there is no choice. */
export function chooseEffort() {
  if (effortsNow().length) show({ name: "efforts" });
  else toast(t("web.effort_none"));
}

/** @param {string} effort how much it thinks, or a variant; "" is what the settings say */
export function useEffort(effort) {
  const open = here() ? state.open : null;
  if (!open) state.fresh.effort = effort;
  else attempt(async () => { await patch(`/session/${open.info.id}`, { variant: effort }); open.effort = effort; changed(); });
  show(null);
}

/** Let the open session be read on a page, or no longer. @param {boolean} isWanted */
export const share = (isWanted) =>
  attempt(async () => {
    const open = state.open;
    if (!open) return;
    const path = `/session/${open.info.id}/share`;
    const found = await (isWanted ? post(path) : remove(path));
    open.share = found.share?.url.split("/").at(-1) ?? "";
    changed();
  });

/** @param {string} name of an MCP server @param {"connect" | "disconnect"} how */
export const turnServer = (name, how) =>
  attempt(async () => {
    await post(`/mcp/${encodeURIComponent(name)}/${how}`);
    await readServers();
  });

/** @param {string} text to the clipboard */
export const copy = (text) =>
  attempt(async () => {
    await copyText(text);
    toast(t("web.copied"));
  });

/** The last answer to the clipboard. */
export function copyLast() {
  const last = state.open?.messages.filter((one) => one.role === "assistant" && words(one)).at(-1);
  if (last) copy(words(last));
}

/** @param {import("./types.js").Message} message @returns {string} its author's own words */
export function words(message) {
  return message.parts
    .map((part) => (part.type === "text" && !part.origin ? part.text : ""))
    .join("");
}

/** @param {string} theme "light", "dark" or "" for the system's */
export function useTheme(theme) {
  keep("theme", theme);
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
  changed();
}

/** Light becomes dark and dark light. */
export function flipTheme() {
  const isDark = kept("theme")
    ? kept("theme") === "dark"
    : matchMedia("(prefers-color-scheme: dark)").matches;
  useTheme(isDark ? "light" : "dark");
}

let searches = 0;

/** @param {string} query filters the list of sessions by their words */
export async function search(query) {
  const turn = ++searches;
  state.search = query;
  if (!query.trim()) state.fitting = null;
  changed();
  if (!query.trim()) return;
  await new Promise((resolve) => setTimeout(resolve, 150));
  if (turn !== searches) return;
  const found = await attempt(() => get(`/web/sessions?search=${encodeURIComponent(query)}`));
  if (turn !== searches || !found) return;
  state.fitting = new Set(found.sessions.map((/** @type {{id: string}} */ one) => one.id));
  changed();
}

/** The input that is on the page, and what waits for the next one. */
const input = { take: (/** @type {string} */ _text) => {}, waiting: "" };

/** @param {(text: string) => void} take called with text that is to go on being written */
export function onRestore(take) {
  input.take = take;
  if (input.waiting) take(input.waiting);
  input.waiting = "";
}

/** Into the input, or into the next one where none is on the page. @param {string} text */
export function putIntoInput(text) {
  if (document.getElementById("prompt")) input.take(text);
  else input.waiting = text;
}
