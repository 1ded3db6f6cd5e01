// What the page knows. One object, changed in place; `changed()` draws it, once a frame.

/** @typedef {import("./types.js").Open} Open */

export const state = {
  /** @type {import("./types.js").SessionInfo[]} */
  sessions: [],
  /** @type {Set<string>} */
  busy: new Set(),
  /** @type {Open | null} */
  open: null,
  /** The session that is being read, "" for none. */
  loading: "",
  /** @type {import("./types.js").Ask[]} */
  asks: [],
  /** @type {import("./types.js").Agent[]} */
  agents: [],
  /** @type {import("./types.js").Command[]} */
  commands: [],
  /** @type {import("./types.js").Model[]} */
  models: [],
  /** What the next new session begins with. */
  fresh: { agent: "", model: "", effort: "" },
  /** @type {import("./types.js").Servers} */
  servers: { mcp: [], code: [] },
  /** @type {{directory: string, version: string}} */
  place: { directory: "", version: "" },
  /** @type {{session: string, text: string} | null} a prompt on its way to the server */
  sending: null,
  /** @type {"connecting" | "live" | "lost"} */
  link: "connecting",
  /** @type {import("./types.js").Toast[]} */
  toasts: [],
  /** @type {{page: "chat" | "files" | "settings", id: string}} */
  route: { page: "chat", id: "" },
  search: "",
  /** @type {Set<string> | null} the sessions that fit the search */
  fitting: null,
  isDrawerOpen: false,
  /** @type {{name: string, [more: string]: any} | null} */
  dialog: null,
};

/** @type {() => void} */
let draw = () => {};
let isDue = false;

/** @param {() => void} drawing */
export function onChange(drawing) {
  draw = drawing;
}

/** Draw soon: with the next frame, or in a moment where no frames are drawn. */
export function changed() {
  if (isDue) return;
  isDue = true;
  let isDone = false;
  const now = () => {
    if (isDone) return;
    isDone = true;
    isDue = false;
    draw();
  };
  requestAnimationFrame(now);
  setTimeout(now, 150);
}

let toasts = 0;

/** @param {string} text @param {string} [level] info, warning or error */
export function toast(text, level = "info") {
  const one = { id: ++toasts, level, text };
  state.toasts = [...state.toasts.filter((other) => other.text !== text).slice(-2), one];
  changed();
  setTimeout(() => dismiss(one.id), level === "info" ? 4_000 : 9_000);
}

/** @param {number} id */
export function dismiss(id) {
  state.toasts = state.toasts.filter((one) => one.id !== id);
  changed();
}

/** @param {{name: string, [more: string]: any} | null} dialog */
export function show(dialog) {
  state.dialog = dialog;
  changed();
}
