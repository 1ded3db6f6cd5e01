// One conversation: what was said, what is going on, what waits, and the input.

import { go, here, putIntoInput, withdraw, words } from "../acts.js";
import { asksOf } from "../asks.js";
import { show, state } from "../state.js";
import { t } from "../texts.js";
import { Asked } from "./asked.js";
import { Aside } from "./aside.js";
import { Bar } from "./bar.js";
import { Composer } from "./composer.js";
import { Doing, Ending } from "./standing.js";
import { html, Icon, useEffect, useLayoutEffect, useRef, useState } from "./html.js";
import { Message } from "./message.js";

/** So many messages are drawn at first; more on demand. */
const PAGE = 120;

export function Chat() {
  const open = here() ? state.open : null;
  const asks = asksOf(open?.info);
  const isEmpty = !here() && !sending();
  return html`<main class=${`chat ${isEmpty ? "is-empty" : ""}`}>
    <${Bar} title=${isEmpty ? t("web.new") : open?.info.title || (here() ? t("web.untitled") : t("web.new"))}>
      ${open?.share ? html`<button class="ghost round shared" aria-label=${t("web.shared")} title=${t("web.shared")} aria-haspopup="dialog" onClick=${() => show({ name: "share" })}><${Icon} name="link" /></button>` : null}
      ${open ? html`<button class="ghost round" aria-label=${t("web.more")} aria-haspopup="dialog" onClick=${() => show({ name: "session", id: here() })}><${Icon} name="more" /></button>` : null}
    <//>
    <div class="chat-body">
      <div class="talk">
        ${isEmpty ? html`<${Welcome} />` : html`<${Transcript} key=${here()} open=${open} />`}
        <div class="dock">
          ${open?.queued.map((one) => html`<div class="queued" key=${one.id}>
            <span dir="auto">${words(one)}</span><small>${t("web.queued")}</small>
            <button class="ghost round" aria-label=${t("web.withdraw")} onClick=${() => withdraw(one.id)}><${Icon} name="close" /></button>
          </div>`)}
          ${asks.length ? html`<${Asked} key=${asks[0].id} ask=${asks[0]} more=${asks.length - 1} />` : null}
          <${Composer} key=${here() || "fresh"} session=${here()} />
        </div>
      </div>
      ${open ? html`<${Aside} open=${open} />` : null}
    </div>
  </main>`;
}

/** @returns {string} what was said here and has not arrived yet */
const sending = () => (state.sending?.session === here() ? state.sending.text : "");

/** The prompt the server has not confirmed yet. */
const OnItsWay = () => html`<div class="said prompt on-its-way"><div class="bubble" dir="auto">${sending()}</div></div>`;

function Welcome() {
  const ideas = ["web.idea_explain", "web.idea_todo", "web.idea_test"];
  return html`<div class="welcome">
    <img src="/web/icon.svg" alt="" width="52" height="52" />
    <h2>${t("web.welcome")}</h2>
    <p class="quiet" dir="ltr">${state.place.directory}</p>
    ${state.fresh.model.startsWith("offline/") ? html`<button class="main" onClick=${() => go("#/settings")}>${t("web.no_model")}</button>` : null}
    <div class="ideas">
      ${ideas.map((key) => html`<button class="idea" key=${key} onClick=${() => putIntoInput(t(key))}>${t(key)}</button>`)}
    </div>
  </div>`;
}

/** @param {{open: import("../types.js").Open | null}} props */
function Transcript({ open }) {
  const box = useRef(/** @type {any} */ (null));
  const isAtEnd = useRef(true);
  const [isAway, setAway] = useState(false);
  const [pages, setPages] = useState(1);
  const below = useRef(0);
  const height = useRef(0);
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    if (sending()) isAtEnd.current = true;
    if (below.current) element.scrollTop = element.scrollHeight - below.current;
    else if (isAtEnd.current) element.scrollTop = element.scrollHeight;
    below.current = 0;
  });
  useEffect(() => {
    // the input grew, or a phone's keyboard came: the end stays in sight
    const stay = new ResizeObserver(() => {
      height.current = box.current?.clientHeight;
      if (isAtEnd.current) box.current?.scrollTo(0, box.current.scrollHeight);
    });
    if (box.current) stay.observe(box.current);
    return () => stay.disconnect();
  }, [Boolean(open)]);
  const more = () => {
    below.current = box.current.scrollHeight - box.current.scrollTop;
    setPages(pages + 1);
  };
  const scrolled = () => {
    const { scrollTop, scrollHeight, clientHeight } = box.current;
    if (clientHeight !== height.current) return; // nobody scrolled: the room changed
    isAtEnd.current = scrollHeight - scrollTop - clientHeight < 60;
    if (isAway === isAtEnd.current) setAway(!isAtEnd.current);
  };
  const down = () => {
    isAtEnd.current = true;
    box.current.scrollTo({ top: box.current.scrollHeight, behavior: "smooth" });
  };
  if (!open) return html`<div class="scroll-box"><div class="transcript">${sending() ? html`<${OnItsWay} />` : html`<p class="quiet centred">${t("web.loading")}</p>`}</div></div>`;
  const shown = open.messages.slice(-PAGE * pages);
  const ending = open.ending?.reason === "cancelled" ? null : open.ending;
  return html`<div class="scroll-box">
    <div class="transcript" ref=${box} onScroll=${scrolled} tabindex="0" role="log" aria-label=${t("web.conversation")}>
      ${shown.length < open.messages.length ? html`<button class="plain centred" onClick=${more}>${t("web.earlier_messages")}</button>` : null}
      ${shown.map((one, at) => html`<${Message} key=${one.id} v=${one.v ?? 0} message=${one} isBusy=${open.busy && at === shown.length - 1} isTold=${ending !== null && at === shown.length - 1} />`)}
      ${ending ? html`<${Ending} open=${open} ending=${ending} />` : null}
      ${sending() ? html`<${OnItsWay} />` : null}
      ${open.busy ? html`<${Doing} open=${open} />` : null}
    </div>
    ${isAway ? html`<button class="to-end round" aria-label=${t("web.to_end")} onClick=${down}><${Icon} name="down" /></button>` : null}
  </div>`;
}
