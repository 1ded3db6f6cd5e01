// One call of a tool: a line that says what, folded open it shows with what and what came of it.

import { code } from "../markdown.js";
import { caption, heading, t, toolName } from "../texts.js";
import { DiffView } from "./diff_view.js";
import { html, Nodes, useState } from "./html.js";

/** @typedef {import("../types.js").ToolPart} ToolPart */
/** @typedef {import("../types.js").Display} Display */

const ABOUT = ["path", "file_path", "command", "pattern", "query", "url", "description", "question", "prompt", "name"];

/** @param {{call: ToolPart}} props */
export function Tool({ call }) {
  const isChange = call.display.some((one) => one.type === "diff");
  const [choice, setChoice] = useState(/** @type {boolean | null} */ (null));
  const isOpen = choice ?? (isChange || call.display.some((one) => one.type === "todos") || call.status === "error" || call.status === "running" && !!call.progress);
  const exit = failure(call);
  const sums = call.display.filter((one) => one.type === "diff");
  return html`<section class=${`tool ${call.status}`}>
    <button class="tool-head" aria-expanded=${isOpen} onClick=${() => setChoice(!isOpen)}>
      <span class=${`status ${exit ? "error" : call.status}`} title=${t(`web.call_${call.status}`)}></span>
      <strong>${toolName(call.tool)}</strong>
      <span class="about" dir="ltr">${about(call)}</span>
      ${sums.map((/** @type {any} */ one) => html`<span class="sum"><span class="plus">+${one.added}</span> <span class="minus">−${one.removed}</span></span>`)}
      ${exit ? html`<span class="sum minus">exit ${exit}</span>` : null}
      <small>${lasted(call)}</small>
      <span class="visually-hidden">${t(`web.call_${call.status}`)}</span>
    </button>
    ${isOpen ? html`<div class="tool-body">
      ${call.child ? html`<p class="child"><a href=${`#/session/${call.child}`}>${t("web.open_child")}</a></p>` : null}
      <${Outcome} call=${call} />
    </div>` : null}
  </section>`;
}

/** @param {{call: ToolPart}} props */
function Outcome({ call }) {
  if (call.status === "running" || call.status === "pending") {
    return html`<pre class="output" dir="ltr" tabindex="0">${call.progress || JSON.stringify(call.input, null, 2)}</pre>`;
  }
  const isBad = call.status !== "completed";
  const shown = call.display.map((one, n) => html`<${Shown} key=${n} one=${one} call=${call} />`);
  if (shown.length && !isBad) return shown;
  return html`${call.tool === "bash" && call.input.command ? html`<pre class="output command" dir="ltr" tabindex="0">${call.input.command}</pre>` : null}
    ${shown}
    <pre class=${`output ${isBad ? "bad" : ""}`} dir="auto" tabindex="0">${call.output || t("web.no_output")}</pre>`;
}

/** What a person may see of a result. @param {{one: Display, call?: ToolPart}} props */
export function Shown({ one, call }) {
  switch (one.type) {
    case "diff":
      return html`<${DiffView} path=${one.path} patch=${one.patch} />`;
    case "text":
      return html`${call?.tool === "bash" && call.input.command ? html`<pre class="output command" dir="ltr" tabindex="0">${call.input.command}</pre>` : null}
        <${Nodes} tag="pre" class="output" dir="auto" tabindex="0" of=${one.text} nodes=${() => code(one.text, one.language ?? "")} />`;
    case "file":
      return html`<${Lines} text=${one.text} name=${one.path} start=${one.start ?? 1} />`;
    case "todos":
      return html`<${Todos} items=${one.items.map(([text, status]) => ({ text, status }))} />`;
    case "table":
      return html`<${Table} one=${one} />`;
    default:
      return null;
  }
}

/** A file with its numbers. @param {{text: string, name: string, start?: number}} props */
export function Lines({ text, name, start = 1 }) {
  const count = text.replace(/\n$/, "").split("\n").length;
  const numbers = Array.from({ length: count }, (_, n) => n + start).join("\n");
  return html`<div class="lines" dir="ltr" tabindex="0" role="region" aria-label=${name}>
    <pre class="numbers" aria-hidden="true">${numbers}</pre>
    <${Nodes} tag="pre" of=${text} nodes=${() => code(text, name)} />
  </div>`;
}

/** @param {{items: import("../types.js").Todo[]}} props */
export function Todos({ items }) {
  return html`<ul class="todos">
    ${items.map((one, n) => html`<li key=${n} class=${one.status}>
      <span class="box" role="img" aria-label=${t(`web.todo_${one.status}`)}></span><span dir="auto">${one.text}</span>
    </li>`)}
  </ul>`;
}

/** @param {{one: import("../types.js").TableDisplay}} props */
function Table({ one }) {
  return html`<div class="table-box" tabindex="0">
    <table>
      ${one.title ? html`<caption>${caption(one.title)}</caption>` : null}
      ${one.headings.some(Boolean) ? html`<thead><tr>${one.headings.map((cell) => html`<th scope="col">${heading(cell)}</th>`)}</tr></thead>` : null}
      <tbody>${one.rows.map((row) => html`<tr>${row.map((cell) => html`<td dir="auto">${cell}</td>`)}</tr>`)}</tbody>
    </table>
  </div>`;
}

/** @param {ToolPart} call @returns {string} */
function about(call) {
  for (const name of ABOUT) {
    const value = call.input[name];
    if (typeof value === "string" && value) return value.split("\n")[0];
  }
  return "";
}

/** With what a command failed, "" when it did not. @param {ToolPart} call @returns {string} */
function failure(call) {
  const end = call.tool === "bash" && call.status === "completed" ? /\[exit (-?\d+)\b[^\]]*\]\s*$/.exec(call.output.slice(-80)) : null;
  return end && end[1] !== "0" ? end[1] : "";
}

/** @param {ToolPart} call @returns {string} */
function lasted(call) {
  if (!call.started || !call.ended) return "";
  const seconds = call.ended - call.started;
  return seconds < 1 ? "" : t("web.seconds", { count: seconds < 10 ? seconds.toFixed(1) : Math.round(seconds) });
}
