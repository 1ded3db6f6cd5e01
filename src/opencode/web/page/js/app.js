// Begins: texts, events, lists; then draws whenever something changed.

import { attempt } from "./acts.js";
import { onKey } from "./keys.js";
import { follow, readLists, readModels, readServers, readSession } from "./sync.js";
import { get } from "./server.js";
import { changed, onChange, state } from "./state.js";
import { locale, speak, t } from "./texts.js";
import { html, render } from "./ui/html.js";
import { App } from "./ui/app.js";

const root = /** @type {HTMLElement} */ (document.getElementById("app"));

/** What the address names. */
function readAddress() {
  const [page, ...rest] = location.hash.replace(/^#\/?/, "").split("/").map(decodeURIComponent);
  const id = rest.join("/");
  if (page === "files") state.route = { page: "files", id };
  else if (page === "settings") state.route = { page: "settings", id: "" };
  else state.route = { page: "chat", id: page === "session" ? id : "" };
  state.isDrawerOpen = false;
  if (state.route.page !== "chat") return changed();
  if (!id) state.open = null;
  else if (state.open?.info.id !== id && state.loading !== id) {
    state.open = null;
    readSession(id);
  }
  changed();
}

/** What the tab says. */
function nameTab() {
  const title = state.route.page === "chat" ? state.open?.info.title : t(`web.${state.route.page}`);
  const sign = state.asks.length ? "? " : state.open?.busy ? "● " : "";
  document.title = `${sign}${title ? `${title} — ` : ""}opencode`;
}

async function begin() {
  await Promise.all([speak(), follow()]);
  root.replaceChildren();
  addEventListener("hashchange", readAddress);
  document.addEventListener("keydown", onKey);
  onChange(() => {
    nameTab();
    render(html`<${App} key=${locale()} />`, root);
  });
  readAddress();
  const [agents, commands, place, settings] = await Promise.all([
    get("/agent"), get("/command"), get("/app"), get("/config"), readLists(), readServers(), readModels(),
  ]);
  state.agents = agents;
  state.commands = commands;
  state.place = { directory: place.path.cwd, version: place.version };
  state.fresh = { agent: settings.default_agent, model: settings.model, effort: "" };
  changed();
}

attempt(begin).then(() => changed());
