// Settings: what this browser remembers, and what is written into the person's settings file.

import { attempt, useTheme } from "../acts.js";
import { kept } from "../kept.js";
import { get, post, put, remove } from "../server.js";
import { changed, state, toast } from "../state.js";
import { readModels } from "../sync.js";
import { languages, speak, t, toolName } from "../texts.js";
import { Bar } from "./bar.js";
import { html, useEffect, useState } from "./html.js";
import { Servers } from "./servers.js";

/** @param {any} event @returns {string} */
const value = (event) => event.target.value;

export function Settings() {
  const [found, setFound] = useState(/** @type {any} */ (null));
  const read = () => attempt(async () => setFound(await get("/web/settings")));
  useEffect(() => void read(), []);
  /** @param {string} key @param {string | boolean} to */
  const set = (key, to) =>
    attempt(async () => {
      await post("/web/settings", { key, value: to });
      toast(t("web.from_next_start"));
      const rules = { ...found.rules, ...(key.startsWith("permission.") ? { [key.slice(11)]: to } : {}) };
      setFound({ ...found, rules, ...(key in found ? { [key]: to } : {}), tools: found.tools.map((/** @type {any} */ one) => (key === `tools.${one.name}` ? { ...one, is_on: to } : one)) });
    });
  return html`<main class="settings">
    <${Bar} title=${t("web.settings")} />
    <div class="settings-body">
      <${Look} />
      ${found ? html`
        <${Answers} found=${found} set=${set} />
        <${Providers} found=${found} read=${read} />
        <${Tools} found=${found} set=${set} />
        <${Servers} />
        <${Rules} found=${found} set=${set} />
        <${Grants} found=${found} read=${read} />
        <p class="quiet">${t("web.written_to")} <code dir="ltr">${found.file}</code> · opencode ${state.place.version}</p>
        ${found.locked ? html`<button class="plain" onClick=${leave}>${t("web.log_out")}</button>` : null}
      ` : html`<p class="quiet">${t("web.loading")}</p>`}
    </div>
  </main>`;
}

const leave = () =>
  attempt(async () => {
    await remove("/web/login");
    location.reload();
  });

function Look() {
  /** @param {any} event */
  const language = async (event) => {
    await attempt(() => speak(value(event)));
    changed();
  };
  return html`<section class="card">
    <h2>${t("web.look")}</h2>
    <label class="pair"><span>${t("web.theme_label")}</span>
      <select value=${kept("theme")} onChange=${(/** @type {any} */ event) => useTheme(value(event))}>
        <option value="">${t("web.theme_system")}</option><option value="light">${t("web.theme_light")}</option><option value="dark">${t("web.theme_dark")}</option>
      </select></label>
    <label class="pair"><span>${t("web.language")}</span>
      <select value=${kept("language", "auto")} onChange=${language}>
        <option value="auto">${t("web.language_auto")}</option>
        ${languages().map(([code, name]) => html`<option key=${code} value=${code}>${name}</option>`)}
      </select></label>
  </section>`;
}

/** @param {{found: any, set: (key: string, to: string) => void}} props */
function Answers({ found, set }) {
  const isKnown = state.models.some((one) => one.id === found.model);
  return html`<section class="card">
    <h2>${t("web.defaults")}</h2>
    <label class="pair"><span>${t("web.model")}</span>
      <select value=${found.model} onChange=${(/** @type {any} */ event) => set("model", value(event))}>
        ${isKnown ? null : html`<option value=${found.model}>${found.model || t("web.not_set")}</option>`}
        ${state.models.map((one) => html`<option key=${one.id} value=${one.id}>${one.id}</option>`)}
      </select></label>
    <label class="pair"><span>${t("web.agent")}</span>
      <select value=${found.default_agent} onChange=${(/** @type {any} */ event) => set("default_agent", value(event))}>
        ${state.agents.filter((one) => one.mode !== "subagent").map((one) => html`<option key=${one.name} value=${one.name}>${one.name}</option>`)}
      </select></label>
  </section>`;
}

/** @param {{found: any, read: () => void}} props */
function Providers({ found, read }) {
  const takesKeys = found.providers.filter((/** @type {any} */ one) => one.variables.length || one.is_stored);
  /** @param {any[]} some */
  const list = (some) => html`<ul class="rows">${some.map((one) => html`<${Provider} key=${one.id} one=${one} read=${read} />`)}</ul>`;
  const known = takesKeys.filter((/** @type {any} */ one) => one.has_key);
  const others = takesKeys.filter((/** @type {any} */ one) => !one.has_key);
  return html`<section class="card">
    <h2>${t("web.providers")}</h2>
    ${known.length ? list(known) : null}
    <details class="folded" open=${!known.length}><summary>${t("web.more_providers", { n: others.length })}</summary>${list(others)}</details>
  </section>`;
}

/** @param {{one: any, read: () => void}} props */
function Provider({ one, read }) {
  const [isOpen, setOpen] = useState(false);
  const [key, setKey] = useState("");
  /** @param {Event} event */
  const store = (event) => {
    event.preventDefault();
    attempt(async () => {
      await put(`/auth/${one.id}`, { type: "api", key });
      setKey("");
      setOpen(false);
      toast(t("web.key_stored"));
      read();
      await readModels();
    });
  };
  const forget = () => attempt(async () => { await remove(`/auth/${one.id}`); read(); await readModels(); });
  return html`<li>
    <div class="pair">
      <span>${one.name}<small>${t(one.has_key ? "web.has_key" : "web.no_key")}</small></span>
      <span class="row">
        ${one.is_stored ? html`<button class="plain" onClick=${forget}>${t("web.forget_key")}</button>` : null}
        <button class="plain" aria-expanded=${isOpen} aria-label=${t("web.set_key_of", { name: one.name })} onClick=${() => setOpen(!isOpen)}>${t("web.set_key")}</button>
      </span>
    </div>
    ${isOpen ? html`<form class="row" onSubmit=${store}>
      <input type="password" autocomplete="off" aria-label=${t("web.key_of", { name: one.name })} placeholder=${one.variables[0] ?? ""} value=${key} onInput=${(/** @type {any} */ event) => setKey(value(event))} />
      <button class="main" type="submit" disabled=${!key.trim()}>${t("web.save")}</button>
    </form>` : null}
  </li>`;
}

/** @param {{found: any, set: (key: string, to: boolean) => void}} props */
function Tools({ found, set }) {
  const shown = found.tools.map((/** @type {any} */ one) => toolName(one.name));
  /** Two tools may go by one name for people. @param {string} name @param {number} n */
  const called = (name, n) => (shown.indexOf(shown[n]) === shown.lastIndexOf(shown[n]) ? shown[n] : `${shown[n]} (${name})`);
  return html`<section class="card">
    <h2>${t("web.tools")}</h2>
    <ul class="switches">${found.tools.map((/** @type {any} */ one, /** @type {number} */ n) => html`<li key=${one.name}><label>
      <input type="checkbox" role="switch" checked=${one.is_on} onChange=${() => set(`tools.${one.name}`, !one.is_on)} />
      <span>${called(one.name, n)}</span></label></li>`)}</ul>
  </section>`;
}

/** @param {{found: any, set: (key: string, to: string) => void}} props */
function Rules({ found, set }) {
  return html`<section class="card">
    <h2>${t("web.rules")}</h2>
    ${Object.entries(found.rules).map(([name, rule]) => html`<label key=${name} class="pair"><span>${name === "network" ? t("web.rule_network") : toolName(name)}</span>
      <select value=${rule} disabled=${rule === "own"} onChange=${(/** @type {any} */ event) => set(`permission.${name}`, value(event))}>
        ${rule === "own" ? html`<option value="own">${t("web.rule_own")}</option>` : null}
        <option value="">${t("web.effort_unset")}</option><option value="allow">${t("web.rule_allow")}</option><option value="ask">${t("web.rule_ask")}</option><option value="deny">${t("web.rule_deny")}</option>
      </select></label>`)}
  </section>`;
}

/** @param {{found: any, read: () => void}} props */
function Grants({ found, read }) {
  /** @param {string} id */
  const revoke = (id) => attempt(async () => { await remove(`/web/grants/${id}`); read(); });
  return html`<section class="card">
    <h2>${t("web.permissions")}</h2>
    ${found.grants.length ? html`<ul class="rows">${found.grants.map((/** @type {any} */ one) => html`<li key=${one.id} class="pair">
      <span><code dir="ltr">${one.rule.action} ${one.rule.target}</code><small>${t(`web.for_${one.scope}`)}</small></span>
      <button class="plain" aria-label=${t("web.revoke_of", { rule: `${one.rule.action} ${one.rule.target}` })} onClick=${() => revoke(one.id)}>${t("web.revoke")}</button>
    </li>`)}</ul>` : html`<p class="quiet">${t("web.no_grants")}</p>`}
  </section>`;
}
