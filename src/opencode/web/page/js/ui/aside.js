// Beside the conversation where there is room: todos, changed files, what it cost.

import { state } from "../state.js";
import { price, short, t } from "../texts.js";
import { html } from "./html.js";
import { Standing } from "./servers.js";
import { Todos } from "./tool.js";

/** @param {{open: import("../types.js").Open}} props */
export function Aside({ open }) {
  return html`<aside class="aside" aria-label=${t("web.about")}><${Facts} open=${open} /></aside>`;
}

/** The same for a dialog, where there is no room. @param {{open: import("../types.js").Open}} props */
export function Facts({ open }) {
  const changes = changedFiles(open);
  const todos = open.todos.length ? html`<section><h2>${t("web.todos")}</h2><${Todos} items=${open.todos} /></section>` : null;
  return html`<${Spent} open=${open} />
    ${todos}
    ${changes.length ? html`<section>
      <h2>${t("web.changed_files")}</h2>
      <ul class="changes">
        ${changes.map((one) => html`<li key=${one.path}>
          <a href=${`#/files/${encodeURIComponent(one.path)}`} dir="ltr" title=${one.path}>${one.path}</a>
          <span><span class="plus">+${one.added}</span> <span class="minus">−${one.removed}</span></span>
        </li>`)}
      </ul>
    </section>` : null}
    <${Standing} />`;
}

/** @param {{open: import("../types.js").Open}} props */
function Spent({ open }) {
  const usage = spent(open);
  const last = open.messages.filter((one) => one.role === "assistant" && one.usage.output).at(-1);
  const context = last ? last.usage.input + last.usage.cache_read + last.usage.cache_write + last.usage.output : 0;
  const window = state.models.find((one) => one.id === open.info.model)?.window ?? 0;
  const share = window ? Math.min(1, context / window) : 0;
  return html`<section>
    <h2>${t("web.context")}</h2>
    ${window ? html`<div class="meter" role="meter" aria-label=${t("web.context")} aria-valuemin="0" aria-valuemax="100" aria-valuenow=${Math.round(share * 100)}><span style=${{ inlineSize: `${share * 100}%` }}></span></div>` : null}
    <dl class="facts">
      <div><dt>${t("web.in_context")}</dt><dd dir="ltr">${short(context)}${window ? ` / ${short(window)}` : ""}</dd></div>
      <div><dt>${t("web.in_all")}</dt><dd>${short(usage.input + usage.output + usage.cache_read + usage.cache_write)}</dd></div>
      <div><dt>${t("web.cost")}</dt><dd>${price(usage.cost)}</dd></div>
    </dl>
  </section>`;
}

/** The session's own sum comes after a run: while one goes on, its messages know more.
 * @param {import("../types.js").Open} open @returns {import("../types.js").Usage} */
function spent({ busy, info, messages }) {
  const all = messages.map((one) => one.usage);
  /** @param {"input" | "output" | "cache_read" | "cache_write" | "reasoning" | "cost"} field */
  const most = (field) => Math.max(info.usage[field] ?? 0, all.reduce((sum, one) => sum + (one[field] ?? 0), 0));
  if (!busy) return info.usage;
  return {
    input: most("input"), output: most("output"), cache_read: most("cache_read"), cache_write: most("cache_write"),
    reasoning: most("reasoning"), cost: all.some((one) => one.cost === null) ? null : most("cost"),
  };
}

/** @param {import("../types.js").Open} open */
function changedFiles(open) {
  /** @type {Map<string, {path: string, added: number, removed: number}>} */
  const found = new Map();
  for (const message of open.messages) {
    for (const part of message.parts) {
      if (part.type !== "tool" || part.status !== "completed") continue;
      for (const one of part.display) {
        if (one.type !== "diff") continue;
        const sum = found.get(one.path) ?? { path: one.path, added: 0, removed: 0 };
        found.set(one.path, { path: one.path, added: sum.added + one.added, removed: sum.removed + one.removed });
      }
    }
  }
  return [...found.values()];
}
