// What lies over the page: pickers, menus, the overview of keys.

import * as acts from "../acts.js";
import { ALSO, SHORTCUTS } from "../keys.js";
import { show, state } from "../state.js";
import { t } from "../texts.js";
import { Facts } from "./aside.js";
import { Confirm, Dialog, Picker, Prompted } from "./dialog.js";
import { html, Icon } from "./html.js";
import { Share } from "./share.js";

export function Overlay() {
  const dialog = state.dialog;
  const session = state.sessions.find((one) => one.id === dialog?.id) ?? state.open?.info;
  const id = dialog?.id ?? "";
  switch (dialog?.name) {
    case "models":
      return html`<${Picker} key="models" title=${t("web.model")} chosen=${modelNow()} choose=${acts.useModel}
        options=${state.models.map((one) => ({ id: one.id, label: one.name, note: one.id }))} />`;
    case "agents":
      return html`<${Picker} key="agents" title=${t("web.agent")} chosen=${agentNow()} choose=${acts.useAgent}
        options=${state.agents.filter((one) => one.mode !== "subagent").map((one) => ({ id: one.name, label: one.name, note: one.description }))} />`;
    case "efforts":
      return html`<${Picker} key="efforts" title=${t("web.effort")} chosen=${effortNow()} choose=${acts.useEffort}
        options=${["", ...acts.effortsNow()].map((one) => ({ id: one, label: one || t("web.effort_unset") }))} />`;
    case "share":
      return state.open ? html`<${Share} key="share" open=${state.open} />` : null;
    case "rename":
      return html`<${Prompted} key="rename" title=${t("web.rename")} label=${t("web.new_title")} value=${session?.title ?? ""}
        act=${(/** @type {string} */ title) => acts.rename(id, title)} />`;
    case "delete":
      return html`<${Confirm} key="delete" title=${t("web.delete")} text=${t("web.delete_sure", { title: session?.title || t("web.untitled") })}
        yes=${t("web.delete")} act=${() => acts.erase(id)} />`;
    case "session":
      return html`<${SessionMenu} id=${id} title=${session?.title || t("web.untitled")} />`;
    case "about":
      return state.open ? html`<${Dialog} key="about" title=${t("web.about")}><div class="about"><${Facts} open=${state.open} /></div><//>` : null;
    case "keys":
      return html`<${Keys} />`;
    default:
      return null;
  }
}

/** @returns {string} the model that answers next */
export const modelNow = () => (acts.here() ? (state.open?.info.model ?? "") : state.fresh.model);
/** @returns {string} */
export const agentNow = () => (acts.here() ? (state.open?.info.agent ?? "") : state.fresh.agent);

/** @returns {string} "" where the settings decide */
export const effortNow = () => (acts.here() ? (state.open?.effort ?? "") : state.fresh.effort);

/** @param {{id: string, title: string}} props */
function SessionMenu({ id, title }) {
  const isOpen = acts.here() === id;
  /** @type {[string, () => void, boolean?][]} */
  const entries = [
    ["web.about", () => show({ name: "about", id }), isOpen],
    ["web.rename", () => show({ name: "rename", id })],
    ["web.fork", () => acts.fork(id)],
    ["web.share", () => show({ name: "share" }), isOpen],
    ["web.export", () => { show(null); acts.download(id); }],
    ["web.copy_last", () => { show(null); acts.copyLast(); }, isOpen],
    ["web.undo", () => { show(null); acts.undo(); }, isOpen && !state.open?.busy],
    ["web.redo", () => { show(null); acts.redo(); }, isOpen && state.open?.can_redo],
    ["web.compact", () => { show(null); acts.compact(); }, isOpen && !state.open?.busy],
    ["web.delete", () => show({ name: "delete", id })],
  ];
  return html`<${Dialog} key="session" title=${title}>
    <ul class="menu" onKeyDown=${walk}>
      ${entries.filter(([, , isOffered]) => isOffered ?? true).map(([text, act], n) => html`<li key=${text}>
        <button data-first=${n ? undefined : ""} class=${text === "web.delete" ? "bad" : ""} onClick=${act}>${t(text)}</button>
      </li>`)}
    </ul>
  <//>`;
}

/** The arrow keys go through a menu. @param {any} event */
function walk(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[/** @type {string} */ (event.key)];
  if (!step) return;
  event.preventDefault();
  const all = [...event.currentTarget.querySelectorAll("button")];
  all[(all.indexOf(document.activeElement) + step + all.length) % all.length].focus();
}

function Keys() {
  return html`<${Dialog} key="keys" title=${t("web.keys")} kind="wide-sheet">
    <dl class="keys">
      ${[...ALSO, ...SHORTCUTS.map((one) => [one.shown, one.text])].map(([keys, text]) => html`<div key=${text}>
        <dt dir="ltr">${keys.split(" ").map((key) => html`<kbd>${key}</kbd>`)}</dt>
        <dd>${t(text)}</dd>
      </div>`)}
    </dl>
  <//>`;
}

/** @param {{name: string, label: string, shown?: string, icon?: string, dialog: string}} props */
export function Choice({ name, label, shown = name, icon = "", dialog }) {
  return html`<button type="button" class="chip" aria-haspopup="dialog" aria-label=${`${label}: ${name}`} title=${label} onClick=${() => show({ name: dialog })}>
    ${icon ? html`<${Icon} name=${icon} />` : null}<span>${shown}</span>
  </button>`;
}
