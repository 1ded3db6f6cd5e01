// How a run stands, and how it ended: what to wait for, what went wrong, what can be done about it.

import { attempt, go, here, send, words } from "../acts.js";
import { asksOf } from "../asks.js";
import { post } from "../server.js";
import { show } from "../state.js";
import { t } from "../texts.js";
import { html, useEffect, useState } from "./html.js";

/** @typedef {import("../types.js").Open} Open */

/** @param {{open: Open}} props */
export function Doing({ open }) {
  const { word, detail = "", until = 0 } = open.doing;
  const [now, setNow] = useState(Date.now());
  const isWaiting = word === "retrying" && until > now;
  useEffect(() => {
    if (word !== "retrying") return undefined;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(timer);
  }, [word, until]);
  const text = asksOf(open.info).length ? t("web.waits")
    : isWaiting ? t("status.retrying", { reason: `\u2068${detail}\u2069`, n: Math.ceil((until - now) / 1_000) })
    : t(`web.${word || "working"}`, { reason: `\u2068${detail}\u2069` });
  return html`<p class=${`doing ${word}`}><span class="pulse"></span><span aria-hidden=${isWaiting}>${text}</span>
    ${isWaiting ? html`<span class="visually-hidden">${t("web.retrying", { reason: detail })}</span>` : null}</p>`;
}

/** @param {{open: Open, ending: import("../types.js").Ending}} props */
export function Ending({ open, ending }) {
  const details = [...new Set([ending.detail, open.messages.at(-1)?.error ?? ""])].filter(Boolean);
  return html`<div class=${`ending ${ending.reason}`} role="alert">
    <strong>${t(`web.ended_${ending.reason}`)}</strong>
    ${details.map((text) => html`<p key=${text} dir="auto">${text}</p>`)}
    ${ending.hint ? html`<p class="quiet" dir="auto">${ending.hint}</p>` : null}
    <${Ways} open=${open} ending=${ending} />
  </div>`;
}

/** What a person can do next. @param {{open: Open, ending: import("../types.js").Ending}} props */
function Ways({ open, ending }) {
  if (ending.reason === "refused") return null;
  const isKey = ending.code === "provider.auth";
  const isModel = ending.code.startsWith("provider") && !isKey;
  const prompt = ending.reason === "error" ? unanswered(open) : null;
  return html`<div class="row">
    ${prompt ? html`<button class="plain" onClick=${() => again(prompt)}>${t("web.try_again")}</button>`
      : html`<button class="plain" onClick=${() => send(t("web.go_on"), [])}>${t("web.go_on")}</button>`}
    ${isKey ? html`<button class="plain" onClick=${() => go("#/settings")}>${t("web.set_key")}</button>` : null}
    ${isModel ? html`<button class="plain" aria-haspopup="dialog" onClick=${() => show({ name: "models" })}>${t("web.other_model")}</button>` : null}
  </div>`;
}

/** The last prompt where nothing was done for it yet: it can be said again as if never said.
 * @param {Open} open @returns {import("../types.js").Message | null} */
function unanswered({ messages }) {
  const at = messages.findLastIndex((one) => one.role === "user" && words(one));
  const isTouched = messages.slice(at + 1).some((one) => one.parts.length > 0);
  return at < 0 || isTouched ? null : messages[at];
}

/** @param {import("../types.js").Message} prompt */
const again = (prompt) =>
  attempt(async () => {
    const files = prompt.parts.flatMap((part) =>
      part.type === "file" && part.data ? [{ name: part.name, mime: part.mime, url: `data:${part.mime};base64,${part.data}` }] : [],
    );
    await post(`/session/${here()}/revert`, { messageID: prompt.id });
    await send(words(prompt), files);
  });
