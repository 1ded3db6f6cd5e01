// What waits for a person: a call that wants permission, or what the model wants to know.

import { answer } from "../acts.js";
import { proposed } from "../proposed.js";
import { state } from "../state.js";
import { t, toolName } from "../texts.js";
import { DiffView } from "./diff_view.js";
import { html, useState } from "./html.js";
import { Shown } from "./tool.js";

/** @typedef {import("../types.js").Ask} Ask */

/** @param {{ask: Ask, more: number}} props */
export function Asked({ ask, more }) {
  return html`<section class="asked" role="region" aria-labelledby="asked-title">
    <div role="alert" class="visually-hidden">${t("web.waits")}</div>
    ${ask.path.length ? html`<p class="quiet" dir="auto">${ask.path.join(" › ")}</p>` : null}
    ${ask.kind === "question" ? html`<${Questions} key=${ask.id} ask=${ask} />` : html`<${Permission} ask=${ask} />`}
    ${more > 0 ? html`<p class="quiet">${t("web.more_wait", { n: more })}</p>` : null}
  </section>`;
}

/** @param {{ask: Ask}} props */
function Permission({ ask }) {
  const [reason, setReason] = useState(/** @type {string | null} */ (null));
  /** @param {"once" | "session" | "project" | "user"} scope */
  const allow = (scope) => answer(ask.id, { verdict: "allow", scope });
  /** @param {Event} event */
  const reject = (event) => {
    event.preventDefault();
    answer(ask.id, { verdict: "reject", reason: reason ?? "" });
  };
  return html`<h2 id="asked-title">${t("web.asks", { tool: toolName(ask.tool) })}</h2>
    ${ask.warnings.map((text, n) => html`<p key=${n} class="warning" dir="auto">${text}</p>`)}
    <${What} ask=${ask} />
    ${ask.reasons.length ? html`<details class="folded"><summary>${t("web.why")}</summary><ul>${ask.reasons.map((one, n) => html`<li key=${n} dir="ltr">${one}</li>`)}</ul></details>` : null}
    ${reason === null ? html`
      <div class="answers">
        <button class="main" onClick=${() => allow("once")}>${t("web.once")}</button>
        ${ask.rules.length ? html`<button class="plain" title=${rules(ask)} onClick=${() => allow("session")}>${t("web.scope_session")}</button>
          <button class="plain" title=${rules(ask)} onClick=${() => allow("project")}>${t("web.scope_project")}</button>
          <button class="plain" title=${rules(ask)} onClick=${() => allow("user")}>${t("web.scope_user")}</button>` : null}
        <button class="danger" onClick=${() => answer(ask.id, { verdict: "reject" })}>${t("web.reject")}</button>
        <button class="plain" onClick=${() => setReason("")}>${t("web.reject_why")}</button>
      </div>
      ${ask.rules.length ? html`<p class="quiet">${t("web.others_allow")} <bdi class="rules" dir="ltr">${rules(ask)}</bdi></p>` : null}`
    : html`<form class="stack" onSubmit=${reject}>
        <label for="reason">${t("web.instead")}</label>
        <input id="reason" dir=${reason ? "auto" : undefined} value=${reason} ref=${(/** @type {any} */ element) => element?.focus()} onInput=${(/** @type {any} */ event) => setReason(event.target.value)} />
        <div class="row end">
          <button type="button" class="plain" onClick=${() => setReason(null)}>${t("web.cancel")}</button>
          <button type="submit" class="danger">${t("web.reject")}</button>
        </div>
      </form>`}`;
}

/** @param {{ask: Ask}} props */
function What({ ask }) {
  const parts = (state.open?.messages ?? []).flatMap((one) => one.parts);
  const call = /** @type {any} */ (parts.findLast((part) => part.type === "tool" && part.id === ask.call));
  const change = proposed(call);
  if (change && !ask.display.some((one) => one.type === "diff")) {
    return html`<${DiffView} path=${change.path} patch=${change.patch} isNumbered=${false} />`;
  }
  // what is asked about was read out of the call: its lines are not numbered as the file's are
  if (ask.display.length) return ask.display.map((one, n) => one.type === "diff" ? html`<${DiffView} key=${n} path=${one.path} patch=${one.patch} isNumbered=${false} />` : html`<${Shown} key=${n} one=${one} />`);
  return html`<pre class=${`output ${ask.tool === "bash" ? "command" : ""}`} dir="ltr" tabindex="0">${ask.text}</pre>`;
}

/** What an "always" would write. @param {Ask} ask */
const rules = (ask) => ask.rules.map((one) => `${one.action} ${one.target}`).join("  ·  ");

/** @param {{ask: Ask}} props */
function Questions({ ask }) {
  const [given, setGiven] = useState(ask.questions.map(() => /** @type {string[]} */ ([])));
  const drafts = ask.questions.map((one) => one.draft ?? "");
  const [own, setOwn] = useState(drafts);
  const said = own.map((text, n) => (text === drafts[n] ? "" : text.trim()));
  const answers = ask.questions.map((_, n) => [...given[n], ...(said[n] ? [said[n]] : [])]);
  /** @param {number} n @param {any} event */
  const write = (n, event) => setOwn(own.map((text, at) => (at === n ? event.target.value : text)));
  /** @param {number} n @param {string} label */
  const choose = (n, label) => {
    const isIn = given[n].includes(label);
    const next = ask.questions[n].multiple
      ? isIn ? given[n].filter((one) => one !== label) : [...given[n], label]
      : [label];
    setGiven(given.map((one, at) => (at === n ? next : one)));
  };
  /** @param {Event} event */
  const done = (event) => {
    event.preventDefault();
    answer(ask.id, { verdict: "allow", answers });
  };
  return html`<h2 id="asked-title">${t("web.question")}</h2>
    <form class="stack" onSubmit=${done}>
      ${ask.questions.map((one, n) => html`<fieldset key=${n}>
        <legend dir="auto">${one.draft ? one.text.replace(one.draft, "").trim() : one.text}</legend>
        ${one.options.map((option, at) => html`<label key=${at} class="option">
          <input type=${one.multiple ? "checkbox" : "radio"} name=${`q${n}`} checked=${given[n].includes(option.label)} onChange=${() => choose(n, option.label)} />
          <span dir="auto">${option.label}${option.description ? html`<small>${option.description}</small>` : null}</span>
        </label>`)}
        ${drafts[n]
          ? html`<textarea dir="auto" rows=${Math.min(own[n].split("\n").length + 1, 16)} aria-label=${t("web.own_answer")} value=${own[n]} onInput=${(/** @type {any} */ event) => write(n, event)} />`
          : html`<input dir=${own[n] ? "auto" : undefined} aria-label=${t("web.own_answer")} placeholder=${t("web.own_answer")} value=${own[n]} onInput=${(/** @type {any} */ event) => write(n, event)} />`}
      </fieldset>`)}
      <div class="row end">
        <button type="button" class="plain" onClick=${() => answer(ask.id, { verdict: "reject" })}>${t("web.no_answer")}</button>
        <button type="submit" class="main" disabled=${answers.some((one) => !one.length)}>${t("web.send")}</button>
      </div>
    </form>`;
}
