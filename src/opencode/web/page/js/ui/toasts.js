// Short notices; they stand in the open dialog if there is one, since all else is out of reach then.

import { dismiss, state } from "../state.js";
import { t } from "../texts.js";
import { html, Icon } from "./html.js";

export function Toasts() {
  return html`<div class="toasts" role="status" aria-live="polite">
    ${state.link === "lost" ? html`<p class="toast warning">${t("web.reconnecting")}</p>` : null}
    ${state.toasts.map((one) => html`<p key=${one.id} class=${`toast ${one.level}`}>
      <span>${one.text}</span>
      <button class="ghost round" aria-label=${t("web.close")} onClick=${() => dismiss(one.id)}><${Icon} name="close" /></button>
    </p>`)}
  </div>`;
}
