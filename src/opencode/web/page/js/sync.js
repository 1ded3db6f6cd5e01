// Keeps the state true: snapshots, and the events after them; nothing lost, nothing twice.

import { applyToLists, applyToOpen, endingOf } from "./apply.js";
import { Failure, get } from "./server.js";
import { changed, state, toast } from "./state.js";
import { listen } from "./stream.js";
import { t } from "./texts.js";

/** Events that came while a snapshot was on its way. @type {{event: any, epoch: string, n: number}[]} */
let early = [];

/** Something was missed and could not be read anew yet. */
let isStale = false;

/** Listen from now on. Resolves once the server has said hello for the first time. */
export function follow() {
  return new Promise((resolve) => {
    listen({
      heard: take,
      isWatched: () => state.busy.size > 0 || state.asks.length > 0,
      lost() {
        state.link = state.link === "connecting" ? "connecting" : "lost";
        changed();
      },
      connected(hello, isFirst) {
        state.link = "live";
        state.toasts = state.toasts.filter((one) => one.text !== t("web.unreachable"));
        if (isFirst) resolve(undefined);
        else if (hello.lost || isStale) refresh();
        changed();
      },
    });
  });
}

/** Everything anew: the server was started again, or too much was missed. */
async function refresh() {
  isStale = true;
  const id = state.open?.info.id ?? (state.route.page === "chat" ? state.route.id : "");
  try {
    await readLists();
    isStale = false;
  } catch {
    return; // the next connection tries again
  }
  if (id) await readSession(id);
  readServers();
}

let reads = 0;

/** How the MCP and language servers stand; what is read last counts. */
export async function readServers() {
  const turn = ++reads;
  const found = await get("/web/servers").catch(() => null);
  if (!found || turn !== reads) return;
  state.servers = found;
  changed();
}

/** What can be asked: more once a key is stored, and then one of it is who answers. */
export async function readModels() {
  const found = await get("/config/providers");
  state.models = found.providers.flatMap((/** @type {any} */ provider) =>
    Object.values(provider.models).map((/** @type {any} */ model) => ({
      id: `${provider.id}/${model.id}`,
      name: model.name,
      provider: provider.name,
      window: model.limit.context,
      efforts: Object.keys(model.variants),
    })),
  );
  const first = found.providers.find((/** @type {any} */ one) => one.id !== "offline" && found.default[one.id]);
  if (first && state.fresh.model.startsWith("offline/")) state.fresh.model = `${first.id}/${found.default[first.id]}`;
  changed();
}

/** What no event tells of the open session. @param {import("./types.js").Open} open */
async function readStanding(open) {
  const found = await get(`/web/session/${open.info.id}/standing`).catch(() => ({}));
  Object.assign(open, found);
  changed();
}

/** Read the sessions and what waits for an answer. */
export async function readLists() {
  const [overview, asks] = await Promise.all([get("/web/sessions"), get("/web/asks")]);
  state.sessions = overview.sessions;
  state.busy = new Set(overview.busy);
  state.asks = asks;
  changed();
}

/**
 * Read one session and go on from there.
 * @param {string} id
 */
export async function readSession(id) {
  state.loading = id;
  early = [];
  changed();
  try {
    const snapshot = await get(`/web/session/${id}`);
    if (state.loading !== id) return;
    const was = state.open?.info.id === id ? state.open : null;
    const isCut = was?.busy && !snapshot.busy && was.epoch !== snapshot.epoch;
    const cut = isCut ? { reason: "cut", detail: "", hint: "", code: "" } : null;
    const ending = snapshot.busy ? null : (cut ?? endingOf(snapshot.ended) ?? was?.ending ?? null);
    if (isCut && was) snapshot.messages.push(...unwritten(was.messages, snapshot.messages));
    state.open = { ...snapshot, doing: doingOf(snapshot), ending };
    if (state.asks.length || snapshot.busy) state.asks = await get("/web/asks");
    state.loading = "";
    for (const one of early.splice(0)) applyHere(one.event, one.epoch, one.n);
  } catch (error) {
    state.loading = "";
    isStale ||= !(error instanceof Failure);
    if (isStale) return changed();
    toast(error instanceof Error ? error.message : String(error), "error");
    if (state.route.id === id) location.hash = "#/";
  }
  changed();
}

/** @typedef {import("./types.js").Message} Message */

/** What was read here and died with its server stays until the page is loaded anew.
 * @param {Message[]} shown @param {Message[]} written @returns {Message[]} */
function unwritten(shown, written) {
  const known = new Set(written.map((one) => one.id));
  return shown.filter((one) => one.role === "assistant" && one.parts.length && !known.has(one.id));
}

/** @param {any} snapshot @returns {import("./types.js").Doing} */
function doingOf({ busy, status }) {
  if (status?.type === "retry") return { word: "retrying", detail: status.message, until: status.next };
  return { word: busy ? "thinking" : "" };
}

/** @param {any} event @param {string} epoch @param {number} n */
function take(event, epoch, n) {
  applyToLists(event);
  if (event.type === "notice") tell(event);
  if (event.type === "server.changed") readServers();
  if (state.loading) early.push({ event, epoch, n });
  else applyHere(event, epoch, n);
  changed();
}

/** @param {any} event @param {string} epoch @param {number} n */
function applyHere(event, epoch, n) {
  const open = state.open;
  if (!open || event.session !== open.info.id) return;
  if (epoch === open.epoch && n <= open.n) return;
  if (event.type === "session.deleted") {
    state.open = null;
    if (state.route.id === event.session) location.hash = "#/";
    return;
  }
  if (applyToOpen(event, open)) readSession(open.info.id);
  else if (event.type === "session.updated" && !open.busy) readStanding(open);
}

/** @param {any} event */
function tell(event) {
  const isHere = !event.session || event.session === state.open?.info.id;
  if (isHere) toast(event.text || t("web.notice"), event.level);
}
