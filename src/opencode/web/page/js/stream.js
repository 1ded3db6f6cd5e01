// Reads the server's events and comes back by itself, with the number of the last one it saw.

import { open } from "./server.js";

/** Longer silence than this means the connection is dead: the server speaks every 10 seconds. */
const SILENCE = 25_000;
const WAITS = [250, 500, 1_000, 2_000, 5_000];

/**
 * @typedef {object} Listener
 * @property {(event: any, epoch: string, n: number) => void} heard
 * @property {(hello: {epoch: string, n: number, lost: boolean}, isFirst: boolean) => void} connected
 * @property {() => void} lost
 */

/** @param {Listener} listener */
export function listen(listener) {
  let mark = "";
  let tries = 0;
  let spoke = Date.now();
  let cut = new AbortController();
  /** @type {() => void} */
  let hurry = () => {};

  setInterval(() => Date.now() - spoke > SILENCE && cut.abort(), 5_000);
  const wake = () => {
    if (document.visibilityState !== "visible") return;
    if (Date.now() - spoke > SILENCE / 2) cut.abort();
    hurry();
  };
  document.addEventListener("visibilitychange", wake);
  addEventListener("online", wake);

  /** @param {string} id @param {string} data */
  function take(id, data) {
    const event = JSON.parse(data);
    if (event.type === "hello") {
      const isFirst = mark === "";
      mark = event.lost || isFirst ? `${event.epoch}-${event.n}` : mark;
      tries = 0;
      listener.connected(event, isFirst);
      return;
    }
    mark = id;
    const at = id.lastIndexOf("-");
    listener.heard(event, id.slice(0, at), Number(id.slice(at + 1)));
  }

  async function once() {
    cut = new AbortController();
    spoke = Date.now();
    /** @type {Record<string, string>} */
    const headers = mark ? { "last-event-id": mark } : {};
    const answer = await open("/web/events", headers, cut.signal);
    const reader = /** @type {ReadableStream} */ (answer.body)
      .pipeThrough(new TextDecoderStream())
      .getReader();
    const read = parser(take);
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      spoke = Date.now();
      read(value);
    }
  }

  async function always() {
    for (;;) {
      try {
        await once();
      } catch (error) {
        if (error instanceof SyntaxError) console.error(error);
      }
      listener.lost();
      const wait = WAITS[Math.min(tries++, WAITS.length - 1)];
      await new Promise((resolve) => {
        hurry = () => resolve(undefined);
        setTimeout(resolve, wait);
      });
    }
  }
  always();
}

/**
 * Server-sent events out of text that comes in any pieces.
 * @param {(id: string, data: string) => void} take
 * @returns {(text: string) => void}
 */
export function parser(take) {
  let rest = "";
  return (text) => {
    rest += text;
    for (;;) {
      const end = rest.indexOf("\n\n");
      if (end < 0) return;
      const lines = rest.slice(0, end).split("\n");
      rest = rest.slice(end + 2);
      const data = lines.filter((line) => line.startsWith("data: ")).map((line) => line.slice(6));
      const id = lines.find((line) => line.startsWith("id: "))?.slice(4) ?? "";
      if (data.length) take(id, data.join("\n"));
    }
  };
}
