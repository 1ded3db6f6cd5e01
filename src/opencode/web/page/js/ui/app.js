// The frame: list of sessions, the page that is open, what lies over it.

import { changed, state } from "../state.js";
import { Chat } from "./chat.js";
import { Files } from "./files.js";
import { html } from "./html.js";
import { Overlay } from "./overlays.js";
import { Settings } from "./settings.js";
import { Sidebar } from "./sidebar.js";
import { Toasts } from "./toasts.js";

export function App() {
  const { page } = state.route;
  const close = () => {
    state.isDrawerOpen = false;
    changed();
  };
  return html`<div class=${`frame ${state.isDrawerOpen ? "with-drawer" : ""}`}>
    <${Sidebar} />
    <div class="shade" onClick=${close}></div>
    ${page === "files" ? html`<${Files} path=${state.route.id} />` : page === "settings" ? html`<${Settings} />` : html`<${Chat} />`}
    ${state.dialog ? null : html`<${Toasts} />`}
    <${Overlay} />
  </div>`;
}
