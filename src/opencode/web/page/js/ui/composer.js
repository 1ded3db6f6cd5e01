// The input: grows with its text, keeps drafts, completes `@files` and `/commands`, takes files.

import { effortsNow, onRestore, send, stop } from "../acts.js";
import { kept, keep } from "../kept.js";
import { slash } from "../slash.js";
import { state, toast } from "../state.js";
import { t } from "../texts.js";
import { applied, suggestions } from "../suggest.js";
import { html, Icon, useEffect, useLayoutEffect, useRef, useState } from "./html.js";
import { agentNow, Choice, effortNow, modelNow } from "./overlays.js";

/** @typedef {{name: string, mime: string, url: string}} Attachment */

/** In megabytes; a prompt travels as one request. */
const LARGEST = 10;

/** @param {{session: string}} props */
export function Composer({ session }) {
  const box = useRef(/** @type {any} */ (null));
  const [text, setText] = useState(kept(`draft:${session}`));
  const [files, setFiles] = useState(/** @type {Attachment[]} */ ([]));
  const [offers, setOffers] = useState(/** @type {import("../suggest.js").Offer[]} */ ([]));
  const [at, setAt] = useState(0);
  const turn = useRef(0);
  const isBusy = Boolean(session && state.open?.busy);

  /** @param {string} value @param {number} [cursor] */
  const write = (value, cursor) => {
    setText(value);
    keep(`draft:${session}`, value);
    complete(value, cursor ?? value.length);
  };
  /** @param {string} value @param {number} cursor */
  const complete = async (value, cursor) => {
    const mine = ++turn.current;
    const found = await suggestions(value, cursor);
    if (mine !== turn.current) return;
    setOffers(found);
    setAt(0);
  };
  const close = () => {
    turn.current += 1;
    setOffers([]);
  };
  /** @param {import("../suggest.js").Offer} offer */
  const take = (offer) => {
    const element = box.current;
    const next = applied(element.value, element.selectionStart, offer);
    close();
    setText(next.text);
    keep(`draft:${session}`, next.text);
    requestAnimationFrame(() => {
      element.focus();
      element.setSelectionRange(next.cursor, next.cursor);
    });
  };
  const submit = async () => {
    const said = text.trim();
    if (!said && !files.length) return;
    close();
    setText("");
    keep(`draft:${session}`, "");
    if (slash(said)) return;
    remember(said);
    const sent = files;
    setFiles([]);
    if (await send(said, sent)) return;
    write(said);
    setFiles(sent);
  };

  useEffect(() => {
    onRestore((value) => {
      const before = box.current.value.trimEnd();
      write(before ? `${before} ${value}` : value);
      close();
      box.current.focus();
    });
    if (matchMedia("(pointer: fine)").matches) box.current?.focus();
  }, [session]);
  useLayoutEffect(() => {
    const element = box.current;
    const frame = element.form;
    frame.style.minBlockSize = `${frame.offsetHeight}px`; // what is above must not move while it is measured
    element.style.blockSize = "auto";
    element.style.blockSize = `${Math.min(element.scrollHeight, innerHeight * 0.4)}px`;
    frame.style.minBlockSize = "";
  }, [text]);

  /** @param {KeyboardEvent} event */
  const key = (event) => {
    if (event.isComposing || event.keyCode === 229) return; // 229: Safari ends a composition first
    if (offers.length && walk(event, offers, at, setAt, take, close)) return;
    if (event.key === "Enter" && !event.shiftKey && (matchMedia("(pointer: fine)").matches || event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      submit();
    } else if (event.key === "ArrowUp" || event.key === "ArrowDown") {
      const earlier = recall(text, event.key === "ArrowUp" ? 1 : -1);
      if (earlier === null) return;
      event.preventDefault();
      setText(earlier);
    }
  };
  /** @param {FileList | File[] | null} list */
  const attach = async (list) => {
    const given = [...(list ?? [])];
    const [small, large] = [true, false].map((isSmall) => given.filter((one) => one.size <= LARGEST * 2 ** 20 === isSmall));
    for (const { name } of large) toast(t("web.too_large", { name, most: LARGEST }), "error");
    const read = await Promise.all(small.map(asUrl));
    setFiles(/** @type {any} */ ((/** @type {Attachment[]} */ now) => [...now, ...read]));
  };
  useEffect(() => onFilesDropped(attach), []);
  /** @param {ClipboardEvent} event */
  const paste = (event) => {
    const pasted = [...(event.clipboardData?.files ?? [])];
    if (!pasted.length) return;
    event.preventDefault();
    attach(pasted);
  };

  return html`<form class="composer" onSubmit=${(/** @type {Event} */ event) => { event.preventDefault(); submit(); }}>
    ${offers.length ? html`<ul class="offers" id="offers" role="listbox" tabindex="0" aria-label=${t("web.suggestions")} onMouseDown=${(/** @type {Event} */ event) => event.preventDefault()}>
      ${offers.map((one, n) => html`<li key=${one.label} id=${`offer-${n}`} role="option" aria-selected=${n === at}
        onMouseDown=${() => take(one)}>
        <span dir="ltr">${one.label}</span>${one.note ? html`<small dir="auto">${one.note}</small>` : null}</li>`)}
    </ul>` : null}
    ${files.length ? html`<ul class="attachments">
      ${files.map((file, n) => html`<li key=${n}><${Icon} name="file" /><span>${file.name}</span>
        <button type="button" class="ghost round" aria-label=${t("web.detach", { name: file.name })} onClick=${() => setFiles(files.filter((one) => one !== file))}><${Icon} name="close" /></button></li>`)}
    </ul>` : null}
    <textarea id="prompt" ref=${box} rows="1" dir=${text ? "auto" : undefined} placeholder=${t("web.placeholder")} aria-label=${t("web.prompt")} value=${text}
      aria-autocomplete="list" aria-controls=${offers.length ? "offers" : undefined} aria-activedescendant=${offers.length ? `offer-${at}` : undefined}
      onInput=${(/** @type {any} */ event) => write(event.target.value, event.target.selectionStart)} onKeyDown=${key} onPaste=${paste} onBlur=${close}></textarea>
    <div class="composer-row">
      <label class="ghost round" title=${t("web.attach")}><${Icon} name="clip" /><span class="visually-hidden">${t("web.attach")}</span>
        <input type="file" multiple class="visually-hidden" onChange=${(/** @type {any} */ event) => { attach(event.target.files); event.target.value = ""; }} />
      </label>
      <${Choice} label=${t("web.agent")} name=${agentNow()} dialog="agents" />
      <${Choice} label=${t("web.model")} name=${modelNow().split("/").at(-1) ?? ""} dialog="models" />
      ${effortsNow().length ? html`<${Choice} label=${t("web.effort")} name=${effortNow() || t("web.effort_unset")} shown=${effortNow() || t("web.effort")} dialog="efforts" />` : null}
      <span class="grow"></span>
      ${isBusy ? html`<button type="button" class="round stop" aria-label=${t("web.stop")} title=${t("web.stop")} onClick=${stop}><${Icon} name="stop" /></button>` : null}
      <button type="submit" class="round main send" aria-label=${t("web.send")} title=${t("web.send")} disabled=${!text.trim() && !files.length}><${Icon} name="send" /></button>
    </div>
  </form>`;
}

/** Files may be dropped anywhere: beside the input the browser would leave the page for them.
 * @param {(files: FileList) => void} take @returns {() => void} ends it */
function onFilesDropped(take) {
  /** @param {DragEvent} event */
  const hold = (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    if (event.type === "drop") take(event.dataTransfer.files);
  };
  const names = /** @type {const} */ (["dragover", "drop"]);
  for (const name of names) document.addEventListener(name, hold);
  return () => names.forEach((name) => document.removeEventListener(name, hold));
}

/** Keys while offers are shown; true when one was meant for them. @param {KeyboardEvent} event
 * @param {import("../suggest.js").Offer[]} offers @param {number} at @param {(n: number) => void} setAt
 * @param {(offer: import("../suggest.js").Offer) => void} take @param {() => void} close */
function walk(event, offers, at, setAt, take, close) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) {
    const next = (at + step + offers.length) % offers.length;
    setAt(next);
    document.getElementById(`offer-${next}`)?.scrollIntoView({ block: "nearest" });
  } else if (event.key === "Tab" || (event.key === "Enter" && !event.shiftKey)) take(offers[at]);
  else if (event.key === "Escape") close();
  else return false;
  event.preventDefault();
  return true;
}

/** @type {{lines: string[], at: number}} */
const past = { lines: JSON.parse(kept("prompts", "[]")), at: -1 };

/** @param {string} line */
function remember(line) {
  past.lines = [line, ...past.lines.filter((one) => one !== line)].slice(0, 50);
  past.at = -1;
  keep("prompts", JSON.stringify(past.lines));
}

/** An earlier prompt, where the input holds one or nothing. @param {string} text @param {number} step */
function recall(text, step) {
  const isWalking = past.at >= 0 && text === past.lines[past.at];
  if (text && !isWalking) return null;
  const next = (isWalking ? past.at : -1) + step;
  if (next >= past.lines.length || next < -1) return null;
  past.at = next;
  return next < 0 ? "" : past.lines[next];
}

/** @param {File} file @returns {Promise<Attachment>} */
function asUrl(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve({ name: file.name, mime: file.type || "text/plain", url: String(reader.result) });
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
}

