// The MCP and language servers that help: how each stands, and the switches of those that have one.

import { attempt, turnServer } from "../acts.js";
import { post } from "../server.js";
import { state } from "../state.js";
import { readServers } from "../sync.js";
import { t } from "../texts.js";
import { html, useState } from "./html.js";

/** The dot of each state; others are grey. @type {Record<string, string>} */
const DOTS = {
  ready: "completed", running: "completed", waiting: "running", starting: "running",
  restarting: "running", login: "denied", failed: "error",
};

/** @param {{name: string}} props */
const Dot = ({ name }) => html`<span class=${`status ${DOTS[name] ?? ""}`}></span>`;

/** Beside the conversation: one line each. */
export function Standing() {
  const all = [...state.servers.mcp, ...state.servers.code];
  if (!all.length) return null;
  return html`<section>
    <h2>${t("web.servers")}</h2>
    <ul class="standing">${all.map((one, n) => html`<li key=${n} title=${one.detail}>
      <${Dot} name=${one.state} /><bdi>${one.name}</bdi><small>${t(`mcp.${one.state === "running" ? "ready" : one.state}`)}</small>
    </li>`)}</ul>
  </section>`;
}

/** In the settings: with their tools and switches. */
export function Servers() {
  const { mcp, code } = state.servers;
  return html`<section class="card">
      <h2>${t("mcp.title")}</h2>
      ${mcp.length ? html`<ul class="rows">${mcp.map((one) => html`<${Mcp} key=${one.name} one=${one} />`)}</ul>`
      : html`<p class="quiet">${t("mcp.none")}</p>`}
    </section>
    <section class="card">
      <h2>${t("web.code_servers")}</h2>
      ${code.length ? html`<ul class="rows">${code.map((one, n) => html`<li key=${n} class="server">
        <${Head} one=${one} />
        ${one.state === "failed" ? html`<p class="quiet" dir="auto">${one.detail}</p>` : html`<p class="quiet" dir="ltr">${one.root}</p>`}
      </li>`)}</ul>` : html`<p class="quiet">${t("web.no_code")}</p>`}
    </section>`;
}

/** @param {{one: {name: string, state: string}}} props */
const Head = ({ one }) => html`<span class="server-head"><${Dot} name=${one.state} /><bdi>${one.name}</bdi><small>${t(`mcp.${one.state === "running" ? "ready" : one.state}`)}</small></span>`;

/** @param {{one: import("../types.js").McpServer}} props */
function Mcp({ one }) {
  const isOff = one.state === "disabled";
  /** @param {string} text @param {"connect" | "disconnect"} how */
  const button = (text, how) => html`<button class="plain" aria-label=${`${t(text)}: ${one.name}`} onClick=${() => turnServer(one.name, how)}>${t(text)}</button>`;
  return html`<li class="server">
    <div class="pair">
      <${Head} one=${one} />
      <span class="row">${button(isOff ? "mcp.start" : "mcp.restart", "connect")}${isOff ? null : button("mcp.stop", "disconnect")}</span>
    </div>
    ${one.state === "login" ? html`<${Login} name=${one.name} />` : null}
    ${one.detail && one.state !== "ready" && one.state !== "login" ? html`<p class="quiet" dir="auto">${one.detail}</p>` : null}
    ${one.tools.length ? html`<details class="folded"><summary>${t("mcp.tools", { n: one.tools.length })}</summary>
      <dl class="offered">${one.tools.map(([name, what]) => html`<div key=${name}><dt dir="ltr">${name}</dt><dd dir="auto">${what}</dd></div>`)}</dl>
    </details>` : null}
  </li>`;
}

/** The login's page opens in a tab of its own. Where that tab cannot come back to the server's machine,
 * a person brings the address it ended at. @param {{name: string}} props */
function Login({ name }) {
  const [page, setPage] = useState("");
  const [landed, setLanded] = useState("");
  const path = `/mcp/${encodeURIComponent(name)}/auth`;
  const begin = () => attempt(async () => setPage((await post(path)).authorizationUrl));
  /** @param {Event} event */
  const finish = (event) => {
    event.preventDefault();
    attempt(async () => { await post(`${path}/callback`, { code: landed.trim() }); await readServers(); });
  };
  if (!/^https?:/.test(page)) return html`<button class="main" aria-label=${`${t("mcp.log_in_here")}: ${name}`} onClick=${begin}>${t("mcp.log_in_here")}</button>`;
  return html`<div class="stack">
    <p><a class="button main" href=${page} target="_blank" rel="noopener noreferrer">${t("web.login_page")}</a></p>
    <form class="row" onSubmit=${finish}>
      <label class="grow">${t("web.login_landed")}<input dir="ltr" inputmode="url" autocomplete="off" value=${landed} onInput=${(/** @type {any} */ event) => setLanded(event.target.value)} /></label>
      <button class="plain" type="submit" disabled=${!landed.trim()}>${t("web.send")}</button>
    </form>
  </div>`;
}
