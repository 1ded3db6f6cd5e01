// The frame: list of sessions, the page that is open, what lies over it.

import { changed, dismiss, state } from "../state.js";
import { t } from "../texts.js";
import { Chat } from "./chat.js";
import { Files } from "./files.js";
import { html, Icon } from "./html.js";
import { Overlay } from "./overlays.js";
import { Settings } from "./settings.js";
import { Sidebar } from "./sidebar.js";

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
    <div class="toasts" role="status" aria-live="polite">
      ${state.link === "lost" ? html`<p class="toast warning">${t("web.reconnecting")}</p>` : null}
      ${state.toasts.map((one) => html`<p key=${one.id} class=${`toast ${one.level}`}>
        <span>${one.text}</span>
        <button class="ghost round" aria-label=${t("web.close")} onClick=${() => dismiss(one.id)}><${Icon} name="close" /></button>
      </p>`)}
    </div>
    <${Overlay} />
  </div>`;
}
