// What happened, written into the state: the same steps the server's own copy goes through.

import { state } from "./state.js";

/** @typedef {import("./types.js").Message} Message */
/** @typedef {import("./types.js").ToolPart} ToolPart */

const NOTHING = { input: 0, output: 0, cache_read: 0, cache_write: 0, reasoning: 0, cost: 0 };

/**
 * Events that concern lists, whatever session is open.
 * @param {any} event
 */
export function applyToLists(event) {
  switch (event.type) {
    case "run.start":
      state.busy.add(event.session);
      break;
    case "run.end":
      state.busy.delete(event.session);
      break;
    case "session.updated":
      if (!event.info.parent) upsertSession(event.info);
      break;
    case "session.deleted":
      state.sessions = state.sessions.filter((one) => one.id !== event.session);
      state.busy.delete(event.session);
      break;
    case "ask.raised":
      state.asks = [...state.asks.filter((one) => one.id !== event.ask.id), event.ask];
      break;
    case "ask.answered":
      state.asks = state.asks.filter((one) => one.id !== event.id);
      break;
  }
}

/** @param {import("./types.js").SessionInfo} info */
function upsertSession(info) {
  const others = state.sessions.filter((one) => one.id !== info.id);
  state.sessions = [info, ...others].sort((a, b) => b.updated - a.updated);
}

/**
 * Events of the session that is open. True when it must be read anew instead.
 * @param {any} event
 * @param {import("./types.js").Open} open
 * @returns {boolean}
 */
export function applyToOpen(event, open) {
  switch (event.type) {
    case "run.start":
      open.busy = true;
      open.ending = null;
      open.doing = { word: "thinking" };
      return false;
    case "run.end":
      open.busy = false;
      open.doing = { word: "" };
      open.ending = endingOf(event);
      return event.reason !== "done";
    case "session.updated":
      open.info = event.info;
      return false;
    case "agent.switched":
      open.info = { ...open.info, agent: event.agent, model: event.model };
      return false;
    case "todos.changed":
      open.todos = event.todos;
      return false;
    case "queue.changed":
      open.queued = event.queued;
      state.sending = null;
      return false;
    case "session.replaced":
      open.ending = null;
      return true;
    default:
      applyToMessages(event, open);
      return false;
  }
}

/** What a run's end leaves to be told. @param {any} event @returns {import("./types.js").Ending | null} */
export function endingOf(event) {
  return !event || event.reason === "done" ? null : { hint: "", detail: "", code: "", ...event };
}

/** @param {any} event @param {import("./types.js").Open} open */
function applyToMessages(event, open) {
  switch (event.type) {
    case "message.add":
      put(open, event.message);
      open.can_redo = false;
      if (event.message.role === "user") state.sending = null;
      break;
    case "message.start":
      open.doing = { word: "thinking" };
      put(open, blank(event.message, event.agent, event.model));
      break;
    case "message.chunk":
      absorb(open, touch(open, event.message), event.delta);
      break;
    case "message.reset":
      touch(open, event.message).parts = [];
      open.doing = { word: "retrying", detail: event.reason, until: Date.now() + event.after * 1_000 };
      break;
    case "message.end":
      put(open, event.message);
      break;
    case "tool.start":
    case "tool.result":
      putCall(touch(open, event.message), event.call);
      open.doing = { word: "" };
      break;
    case "tool.progress":
      progress(open, event.call, event.text);
      break;
  }
}

/** @param {string} id @param {string} agent @param {string} model @returns {Message} */
function blank(id, agent, model) {
  const now = Date.now() / 1000;
  return {
    id, role: "assistant", parts: [], agent, model, usage: NOTHING, finish: "", error: "",
    created: now, ended: null, summary: false,
  };
}

/** @param {import("./types.js").Open} open @param {Message} message */
function put(open, message) {
  const at = open.messages.findIndex((one) => one.id === message.id);
  if (at < 0) {
    open.messages.push({ ...message, v: 0 });
    return;
  }
  open.messages[at] = { ...message, v: (open.messages[at].v ?? 0) + 1 };
}

/** The message that changes now. @param {import("./types.js").Open} open @param {string} id */
function touch(open, id) {
  let message = open.messages.find((one) => one.id === id);
  if (!message) {
    message = blank(id, open.info.agent, "");
    open.messages.push(message);
  }
  message.v = (message.v ?? 0) + 1;
  return message;
}

/** @param {import("./types.js").Open} open @param {Message} message @param {any} delta */
function absorb(open, message, delta) {
  const last = message.parts.at(-1);
  switch (delta.type) {
    case "text":
      if (last?.type === "text") last.text += delta.text;
      else message.parts.push({ type: "text", text: delta.text });
      open.doing = { word: "answering" };
      break;
    case "reasoning":
      if (last?.type === "reasoning") last.text += delta.text;
      else message.parts.push({ type: "reasoning", text: delta.text });
      open.doing = { word: "thinking" };
      break;
    case "call":
      putCall(message, {
        type: "tool", id: delta.id, tool: delta.tool, input: delta.input ?? {}, raw: delta.raw,
        status: "pending", output: "", display: [], files: [], started: null, ended: null,
      });
      break;
    case "drafting":
      open.doing = { word: "drafting", detail: delta.tool };
      break;
    case "finish":
      message.usage = { ...NOTHING, ...delta.usage };
      message.finish = delta.reason;
      break;
  }
}

/** @param {Message} message @param {ToolPart} call */
function putCall(message, call) {
  const at = message.parts.findIndex((part) => part.type === "tool" && part.id === call.id);
  if (at < 0) message.parts.push(call);
  else message.parts[at] = call;
}

/** @param {import("./types.js").Open} open @param {string} id @param {string} text */
function progress(open, id, text) {
  for (const message of open.messages.slice(-8)) {
    for (const part of message.parts) {
      if (part.type !== "tool" || part.id !== id) continue;
      part.progress = text;
      message.v = (message.v ?? 0) + 1;
    }
  }
}
