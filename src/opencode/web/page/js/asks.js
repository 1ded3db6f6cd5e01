// Whose questions a conversation shows: its own, and those of the sub-agents below it.

import { state } from "./state.js";

/**
 * @param {import("./types.js").SessionInfo | undefined} info
 * @returns {import("./types.js").Ask[]} oldest first
 */
export function asksOf(info) {
  if (!info) return [];
  const open = state.open?.info.id === info.id ? state.open : null;
  const children = new Set(
    (open?.messages ?? []).flatMap((message) =>
      message.parts.map((part) => (part.type === "tool" ? part.child : "")),
    ),
  );
  return state.asks.filter(
    (ask) =>
      ask.session === info.id ||
      children.has(ask.session) ||
      (ask.path.length > 0 && ask.path[0] === (info.title || info.id)),
  );
}
