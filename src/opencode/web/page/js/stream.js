// Reads the server's events and comes back by itself, with the number of the last one it saw.

import { open } from "./server.js";

/** Longer silence than this means the connection is dead: the server speaks every 10 seconds. */
const SILENCE = 25_000;
/** So long after it went out of sight an idle page gives its connection back: browsers have six. */
const REST = 30_000;
const WAITS = [250, 500, 1_000, 2_000, 5_000];

/**
 * @typedef {object} Listener
 * @property {(event: any, epoch: string, n: number) => void} heard
 * @property {(hello: {epoch: string, n: number, lost: boolean}, isFirst: boolean) => void} connected
 * @property {() => void} lost
 * @property {() => boolean} isWatched whether it matters even while nobody looks
 */

/** @param {Listener} listener */
export function listen(listener) {
  let mark = "";
  let tries = 0;
  let spoke = Date.now();
  let cut = new AbortController();
  /** @type {() => void} */
  let hurry = () => {};

  let hidden = document.hidden ? Date.now() : 0;
  const mayRest = () =>
    document.hidden && hidden > 0 && Date.now() - hidden > REST && !listener.isWatched();

  setInterval(() => (Date.now() - spoke > SILENCE || mayRest()) && cut.abort(), 5_000);
  const wake = () => {
    hidden = document.hidden ? Date.now() : 0;
    if (document.hidden) return;
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
    const read = parser((id, data) => {
      try {
        take(id, data);
      } catch (error) {
        console.error(error); // a fault of the page ends no stream
      }
    });
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
      } catch {
        // cut, refused or unreachable: each is tried again
      }
      if (mayRest()) await new Promise((resolve) => (hurry = () => resolve(undefined)));
      else await pause();
    }
  }
  always();

  /** Before the next try: longer each time, cut short when somebody looks or the network is back. */
  async function pause() {
    listener.lost();
    const wait = WAITS[Math.min(tries++, WAITS.length - 1)];
    await new Promise((resolve) => {
      hurry = () => resolve(undefined);
      setTimeout(resolve, wait);
    });
  }
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
