// Lets a conversation be read on a page of its own, and says who can reach it.

import { copy, share } from "../acts.js";
import { t } from "../texts.js";
import { Dialog } from "./dialog.js";
import { html, useState } from "./html.js";

/** Names of this machine for itself. */
const OWN = /^(localhost|127\.[\d.]+|\[::1\])$/;

/** @param {{open: import("../types.js").Open}} props */
export function Share({ open }) {
  const [isAsking, setAsking] = useState(false);
  /** @param {boolean} isWanted */
  const turn = async (isWanted) => {
    setAsking(true);
    await share(isWanted);
    setAsking(false);
  };
  const address = `${location.origin}/s/${open.share}`;
  return html`<${Dialog} title=${t("web.share_title")}>
    <p>${t("web.share_what")}</p>
    ${open.share ? html`<div class="row nowrap">
      <input readonly dir="ltr" aria-label=${t("web.share_address")} value=${address} onFocus=${(/** @type {any} */ event) => event.target.select()} />
      <button class="main" onClick=${() => copy(address)}>${t("web.copy")}</button>
    </div>` : null}
    ${OWN.test(location.hostname) ? html`<p class="quiet">${t("web.share_local")} <code class="line" dir="ltr">opencode web --hostname 0.0.0.0</code></p>` : html`<p class="quiet">${t("web.share_password")}</p>`}
    <div class="row end">
      ${open.share ? html`<a class="button plain" href=${address} target="_blank" rel="noopener">${t("web.share_look")}</a>
        <button class="danger" disabled=${isAsking} onClick=${() => turn(false)}>${t("web.share_stop")}</button>`
      : html`<button class="main" data-first disabled=${isAsking} onClick=${() => turn(true)}>${t("web.share_start")}</button>`}
    </div>
  <//>`;
}
