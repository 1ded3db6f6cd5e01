// The top of every page.

import { changed, state } from "../state.js";
import { t } from "../texts.js";
import { html, Icon } from "./html.js";

/** @param {{title: string, children?: any}} props */
export function Bar({ title, children }) {
  const open = () => {
    state.isDrawerOpen = true;
    changed();
  };
  return html`<header class="bar">
    <button class="ghost round only-narrow" aria-label=${t("web.sessions")} aria-expanded=${state.isDrawerOpen} onClick=${open}><${Icon} name="menu" /></button>
    <h1 title=${title}>${title}</h1>
    ${children}
  </header>`;
}
