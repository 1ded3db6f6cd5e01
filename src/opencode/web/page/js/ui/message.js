// One utterance: words as markdown, thoughts folded, calls with their outcome.

import { copy, fork, here, words } from "../acts.js";
import { drawn, read, readOn } from "../markdown.js";
import { price, short, t } from "../texts.js";
import { html, Icon, memo, Nodes, useRef } from "./html.js";
import { Tool } from "./tool.js";

/** @typedef {import("../types.js").Message} Said */

export const Message = memo(({ message, isBusy, isTold }) => {
  if (message.role === "user") return html`<${Prompt} message=${message} />`;
  const isMute = message.finish === "stop" && !message.parts.some((/** @type {any} */ part) => part.type === "tool" || part.text?.trim());
  const isBare = !message.parts.length && (!message.error || isTold) && message.finish !== "cancelled" && !isMute;
  if (isBare) return null;
  return html`<article class=${`said answer ${message.summary ? "summary" : ""}`} aria-label=${t("web.answer")}>
    ${message.summary ? html`<p class="quiet">${t("web.summary")}</p>` : null}
    ${message.parts.map((/** @type {any} */ part, /** @type {number} */ n) => html`<${Part} key=${part.id ?? n} part=${part} isGrowing=${isBusy && n === message.parts.length - 1} />`)}
    ${message.error && !isTold ? html`<p class="fault" role="alert" dir="auto">${message.error}</p>` : null}
    ${isMute ? html`<p class="quiet">${t("web.no_output")}</p>` : null}
    ${message.finish === "cancelled" ? html`<p class="quiet">${t("web.ended_cancelled")}</p>` : null}
    ${message.finish && message.finish !== "tool_calls" && message.parts.length ? html`<${Foot} message=${message} />` : null}
  </article>`;
});

/** @param {{message: Said}} props */
function Prompt({ message }) {
  const text = words(message);
  const files = message.parts.filter((part) => part.type === "file");
  const others = message.parts.filter((part) => part.type === "text" && part.origin);
  if (!text && !files.length) {
    return html`<article class="said nudge" aria-label=${t("web.added")}>
      ${others.map((/** @type {any} */ part, n) => html`<${Folded} key=${n} title=${t(part.origin === "compaction" ? "web.summary" : "web.added")} text=${part.text} />`)}
    </article>`;
  }
  return html`<article class="said prompt" aria-label=${t("web.prompt")}>
    <div class="bubble" dir="auto">${text}</div>
    ${files.map((/** @type {any} */ part, n) => html`<${Attached} key=${n} part=${part} />`)}
    <div class="foot">
      <button class="ghost" onClick=${() => copy(text)}>${t("web.copy")}</button>
      <button class="ghost" onClick=${() => fork(here(), message.id)}>${t("web.fork_here")}</button>
    </div>
    ${others.length ? html`<${Folded} title=${t("web.added")} text=${others.map((/** @type {any} */ part) => part.text).join("\n\n")} />` : null}
  </article>`;
}

/** @param {{part: any, isGrowing: boolean}} props */
function Part({ part, isGrowing }) {
  switch (part.type) {
    case "text":
      return part.origin
        ? html`<${Folded} title=${t("web.added")} text=${part.text} />`
        : html`<${Markdown} text=${part.text} isGrowing=${isGrowing} />`;
    case "reasoning":
      return part.text.trim() ? html`<${Folded} title=${t(isGrowing ? "web.thinking" : "web.thought")} text=${part.text} kind="thought" />` : null;
    case "tool":
      return html`<${Tool} call=${part} />`;
    case "file":
      return html`<${Attached} part=${part} />`;
    default:
      return null;
  }
}

/** @param {{text: string, isGrowing?: boolean}} props */
export function Markdown({ text, isGrowing = false }) {
  const last = useRef({ text: "", blocks: /** @type {import("../markdown.js").Block[]} */ ([]) });
  const clean = text.replace(/\r\n?/g, "\n");
  last.current = isGrowing ? readOn(last.current, clean) : read(clean);
  return html`<div class="prose" dir="auto">
    ${last.current.blocks.map((block, n) => html`<${Block} key=${n} raw=${block.raw} token=${block.token} />`)}
  </div>`;
}

const Block = memo(({ raw, token }) => html`<${Nodes} class="block" of=${raw} nodes=${() => drawn(token)} />`);
// `token` is made anew each time: only its text decides
Block.prototype.shouldComponentUpdate = function (/** @type {any} */ next) {
  return next.raw !== this.props.raw;
};

/** @param {{title: string, text: string, kind?: string}} props */
function Folded({ title, text, kind = "" }) {
  return html`<details class=${`folded ${kind}`}>
    <summary>${title}</summary>
    <div class="folded-text" dir="auto" tabindex="0">${text}</div>
  </details>`;
}

/** @param {{part: import("../types.js").FilePart}} props */
function Attached({ part }) {
  const isPicture = part.mime.startsWith("image/") && part.data;
  return html`<figure class="attached">
    ${isPicture ? html`<img src=${`data:${part.mime};base64,${part.data}`} alt=${part.name} />` : html`<${Icon} name="file" />`}
    <figcaption dir="auto">${part.name}</figcaption>
  </figure>`;
}

/** @param {{message: Said}} props */
function Foot({ message }) {
  const { usage } = message;
  const tokens = usage.input + usage.output + usage.cache_read + usage.cache_write;
  const text = words(message);
  return html`<div class="foot">
    ${text ? html`<button class="ghost" onClick=${() => copy(text)}>${t("web.copy")}</button>` : null}
    <small>${[message.model.split("/").slice(1).join("/").split("/").at(-1), tokens ? t("web.tokens", { count: short(tokens) }) : "", usage.cost ? price(usage.cost) : ""].filter(Boolean).join(" · ")}</small>
  </div>`;
}
