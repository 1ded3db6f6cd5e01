// What `/name` does here; everything else with a slash is the server's command and goes there.

import * as acts from "./acts.js";
import { show, state } from "./state.js";

/** @type {Object<string, {text: string, needsSession?: boolean, act: () => void}>} */
export const SLASHES = {
  new: { text: "web.new", act: () => acts.go("#/") },
  models: { text: "web.model", act: () => show({ name: "models" }) },
  agents: { text: "web.agent", act: () => show({ name: "agents" }) },
  effort: { text: "web.effort", act: acts.chooseEffort },
  files: { text: "web.files", act: () => acts.go("#/files") },
  settings: { text: "web.settings", act: () => acts.go("#/settings") },
  mcp: { text: "mcp.title", act: () => acts.go("#/settings") },
  theme: { text: "web.theme", act: acts.flipTheme },
  help: { text: "web.keys", act: () => show({ name: "keys" }) },
  undo: { text: "web.undo", needsSession: true, act: acts.undo },
  redo: { text: "web.redo", needsSession: true, act: acts.redo },
  compact: { text: "web.compact", needsSession: true, act: acts.compact },
  copy: { text: "web.copy_last", needsSession: true, act: acts.copyLast },
  rename: { text: "web.rename", needsSession: true, act: () => show({ name: "rename", id: acts.here() }) },
  fork: { text: "web.fork", needsSession: true, act: () => acts.fork(acts.here()) },
  share: { text: "web.share", needsSession: true, act: () => show({ name: "share" }) },
  unshare: { text: "web.share_stop", needsSession: true, act: () => acts.share(false) },
  export: { text: "web.export", needsSession: true, act: () => acts.download(acts.here()) },
  delete: { text: "web.delete", needsSession: true, act: () => show({ name: "delete", id: acts.here() }) },
};

/** Do it here if it is ours. @param {string} line @returns {boolean} */
export function slash(line) {
  const found = /^\/(\w+)$/.exec(line.trim());
  const own = found && Object.hasOwn(SLASHES, found[1]) ? SLASHES[found[1]] : null;
  if (!own || (own.needsSession && !acts.here())) return false;
  own.act();
  return true;
}

/** @param {string} start @returns {{name: string, text: string, isOwn: boolean}[]} */
export function offered(start) {
  const own = Object.entries(SLASHES)
    .filter(([, one]) => !one.needsSession || acts.here())
    .map(([name, one]) => ({ name, text: one.text, isOwn: true }));
  const theirs = state.commands
    .filter((one) => !Object.hasOwn(SLASHES, one.name))
    .map((one) => ({ name: one.name, text: one.description, isOwn: false }));
  return [...own, ...theirs].filter((one) => one.name.startsWith(start.toLowerCase()));
}
