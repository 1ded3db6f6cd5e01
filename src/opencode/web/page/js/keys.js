// The keyboard: one table for what the keys do and for what the overlay shows.

import * as acts from "./acts.js";
import { asksOf } from "./asks.js";
import { show, state } from "./state.js";

/** @typedef {{key: string, shown: string, text: string, act: () => void}} Shortcut */

/** @param {string} id */
const focus = (id) => document.getElementById(id)?.focus();

/** Where the sessions are a drawer, it is pulled out first. */
function toSearch() {
  state.isDrawerOpen = matchMedia("(max-width: 52rem)").matches;
  show(null);
  focus("search");
  if (state.isDrawerOpen) setTimeout(() => focus("search"), 50);
}

/** With Alt, so that they never stand in the way of typing. @type {Shortcut[]} */
export const SHORTCUTS = [
  { key: "n", shown: "Alt N", text: "web.new", act: () => { acts.go("#/"); focus("prompt"); } },
  { key: "k", shown: "Alt K", text: "web.search", act: toSearch },
  { key: "i", shown: "Alt I", text: "web.to_input", act: () => focus("prompt") },
  { key: "m", shown: "Alt M", text: "web.model", act: () => show({ name: "models" }) },
  { key: "g", shown: "Alt G", text: "web.agent", act: () => show({ name: "agents" }) },
  { key: "a", shown: "Alt A", text: "web.next_agent", act: () => acts.nextAgent(1) },
  { key: "e", shown: "Alt E", text: "web.effort", act: acts.chooseEffort },
  { key: "f", shown: "Alt F", text: "web.files", act: () => acts.go("#/files") },
  { key: ",", shown: "Alt ,", text: "web.settings", act: () => acts.go("#/settings") },
  { key: "c", shown: "Alt C", text: "web.copy_last", act: acts.copyLast },
  { key: "z", shown: "Alt Z", text: "web.undo", act: acts.undo },
  { key: "y", shown: "Alt Y", text: "web.redo", act: acts.redo },
  { key: "t", shown: "Alt T", text: "web.theme", act: acts.flipTheme },
  { key: "ArrowUp", shown: "Alt ↑", text: "web.newer", act: () => step(-1) },
  { key: "ArrowDown", shown: "Alt ↓", text: "web.older", act: () => step(1) },
  { key: "1", shown: "Alt 1", text: "web.once", act: () => reply("once") },
  { key: "2", shown: "Alt 2", text: "web.scope_session", act: () => reply("session") },
  { key: "0", shown: "Alt 0", text: "web.reject", act: () => reply("") },
];

/** What else the keys do; shown only. @type {[string, string][]} */
export const ALSO = [
  ["Enter", "web.send"],
  ["Shift Enter", "web.newline"],
  ["Esc", "web.stop"],
  ["↑ ↓", "web.earlier"],
  ["@", "web.mention"],
  ["/", "web.slash"],
  ["!", "web.shell"],
  ["F1", "web.keys"],
];

/** @param {KeyboardEvent} event */
export function onKey(event) {
  if (event.key === "F1") {
    event.preventDefault();
    show(state.dialog?.name === "keys" ? null : { name: "keys" });
    return;
  }
  if (event.key === "Escape" && !state.dialog && !event.defaultPrevented) {
    if (state.isDrawerOpen) {
      state.isDrawerOpen = false;
      show(null);
    } else if (state.open?.busy) acts.stop();
    return;
  }
  if (!event.altKey || event.ctrlKey || event.metaKey || state.dialog) return;
  const pressed = event.code.startsWith("Key") ? event.code.slice(3).toLowerCase() : event.code.startsWith("Digit") ? event.code.slice(5) : event.key;
  const found = SHORTCUTS.find((one) => one.key === pressed);
  if (!found) return;
  event.preventDefault();
  found.act();
}

/** The session above or below. @param {number} by */
function step(by) {
  const ids = state.sessions.map((one) => one.id);
  const at = ids.indexOf(acts.here());
  const id = ids[at < 0 ? 0 : at + by];
  if (id) acts.go(`#/session/${id}`);
}

/** To the question that waits in this session. @param {"" | "once" | "session"} scope */
function reply(scope) {
  const ask = asksOf(state.open?.info).find((one) => one.kind === "permission");
  if (!ask || (scope === "session" && !ask.rules.length)) return;
  acts.answer(ask.id, scope ? { verdict: "allow", scope } : { verdict: "reject" });
}
