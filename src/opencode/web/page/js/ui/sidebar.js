// The sessions: search, open, and the ways to the other pages.

import { flipTheme, go, here, search } from "../acts.js";
import { asksOf } from "../asks.js";
import { show, state } from "../state.js";
import { ago, t } from "../texts.js";
import { html, Icon } from "./html.js";

/** So many are listed; the search finds the others. */
const MOST = 300;

export function Sidebar() {
  const shown = state.fitting ? state.sessions.filter((one) => state.fitting?.has(one.id)) : state.sessions;
  return html`<nav class="sidebar" aria-label=${t("web.sessions")}>
    <div class="brand">
      <img src="/web/icon.svg" alt="" width="26" height="26" />
      <div><strong>opencode</strong><small title=${state.place.directory} dir="ltr">${folder(state.place.directory)}</small></div>
      <button class="ghost round" aria-label=${t("web.theme")} title=${t("web.theme")} onClick=${flipTheme}><${Icon} name="theme" /></button>
      <button class="ghost round" aria-label=${t("web.keys")} title=${t("web.keys")} onClick=${() => show({ name: "keys" })}><${Icon} name="keys" /></button>
    </div>
    <button class="main wide" onClick=${() => { go("#/"); document.getElementById("prompt")?.focus(); }}><${Icon} name="plus" />${t("web.new")}</button>
    <div class="field">
      <${Icon} name="search" />
      <input id="search" type="search" placeholder=${t("web.search")} aria-label=${t("web.search")} value=${state.search}
        onInput=${(/** @type {any} */ event) => search(event.target.value)} />
    </div>
    <ul class="sessions">
      ${shown.slice(0, MOST).map((one) => html`<${Entry} key=${one.id} one=${one} />`)}
      ${shown.length ? null : html`<li class="quiet">${t(state.search ? "web.nothing_fits" : "web.no_sessions")}</li>`}
    </ul>
    <div class="places">
      <a href="#/files" aria-current=${state.route.page === "files" ? "page" : undefined}><${Icon} name="files" />${t("web.files")}</a>
      <a href="#/settings" aria-current=${state.route.page === "settings" ? "page" : undefined}><${Icon} name="gear" />${t("web.settings")}</a>
    </div>
  </nav>`;
}

/** @param {{one: import("../types.js").SessionInfo}} props */
function Entry({ one }) {
  const isAsked = asksOf(one).length > 0;
  const sign = isAsked ? "waiting" : state.busy.has(one.id) ? "busy" : "";
  return html`<li>
    <a href=${`#/session/${one.id}`} aria-current=${here() === one.id ? "page" : undefined}>
      <span class="title"><bdi>${one.title || t("web.untitled")}</bdi></span>
      <small>${sign ? html`<span class=${`sign ${sign}`}></span>${t(isAsked ? "web.waits" : "web.busy")}` : ago(one.updated)}</small>
    </a>
    <button class="ghost round" aria-label=${t("web.more_of", { title: one.title || t("web.untitled") })} onClick=${() => show({ name: "session", id: one.id })}><${Icon} name="more" /></button>
  </li>`;
}

/** @param {string} path @returns {string} its last two names */
function folder(path) {
  return path.split(/[\\/]/).slice(-2).join("/");
}
