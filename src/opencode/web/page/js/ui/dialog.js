// Dialogs on the browser's own element: it keeps the focus inside and gives it back.

import { html, useEffect, useRef, Icon, useState } from "./html.js";
import { show } from "../state.js";
import { t } from "../texts.js";
import { Toasts } from "./toasts.js";

/** @param {{title: string, children?: any, kind?: string}} props */
export function Dialog({ title, children, kind = "" }) {
  const box = useRef(null);
  useEffect(() => {
    const dialog = /** @type {HTMLDialogElement} */ (/** @type {unknown} */ (box.current));
    dialog.showModal();
    const first = dialog.querySelector("[data-first]");
    if (first instanceof HTMLElement) first.focus();
    else dialog.querySelector("h2")?.focus();
    return () => dialog.close();
  }, []);
  /** @param {MouseEvent} event */
  const outside = (event) => event.target === box.current && show(null);
  return html`<dialog ref=${box} class=${`dialog ${kind}`} aria-labelledby="dialog-title"
    onCancel=${(/** @type {Event} */ event) => { event.preventDefault(); show(null); }} onClick=${outside}>
    <div class="dialog-sheet">
      <header>
        <h2 id="dialog-title" tabindex="-1">${title}</h2>
        <button class="ghost round" aria-label=${t("web.close")} onClick=${() => show(null)}><${Icon} name="close" /></button>
      </header>
      ${children}
    </div>
    <${Toasts} />
  </dialog>`;
}

/** A word to type. @param {{title: string, label: string, value: string, act: (text: string) => void}} props */
export function Prompted({ title, label, value, act }) {
  const [text, setText] = useState(value);
  /** @param {Event} event */
  const done = (event) => {
    event.preventDefault();
    show(null);
    if (text.trim()) act(text.trim());
  };
  return html`<${Dialog} title=${title}>
    <form class="stack" onSubmit=${done}>
      <label for="prompted">${label}</label>
      <input id="prompted" data-first value=${text} onInput=${(/** @type {any} */ event) => setText(event.target.value)} />
      <div class="row end">
        <button type="button" class="plain" onClick=${() => show(null)}>${t("web.cancel")}</button>
        <button type="submit" class="main">${t("web.save")}</button>
      </div>
    </form>
  <//>`;
}

/** Yes or no. @param {{title: string, text: string, yes: string, act: () => void}} props */
export function Confirm({ title, text, yes, act }) {
  return html`<${Dialog} title=${title}>
    <p>${text}</p>
    <div class="row end">
      <button class="plain" data-first onClick=${() => show(null)}>${t("web.cancel")}</button>
      <button class="danger" onClick=${() => { show(null); act(); }}>${yes}</button>
    </div>
  <//>`;
}

/**
 * A list to choose from, filtered as one types, walked with the arrow keys.
 * @param {{title: string, chosen: string, choose: (id: string) => void, none?: string,
 *   options: {id: string, label: string, note?: string}[]}} props
 */
export function Picker({ title, options, chosen, choose, none = "" }) {
  const [query, setQuery] = useState("");
  const [at, setAt] = useState(Math.max(0, options.findIndex((one) => one.id === chosen)));
  const words = query.toLowerCase().split(/\s+/);
  const fitting = options.filter((one) =>
    words.every((word) => `${one.id} ${one.label} ${one.note ?? ""}`.toLowerCase().includes(word)),
  );
  const place = Math.min(at, fitting.length - 1);
  useEffect(() => {
    document.getElementById(`option-${place}`)?.scrollIntoView({ block: "nearest" });
  }, [place, query]);
  /** @param {KeyboardEvent} event */
  const key = (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && fitting.length) {
      event.preventDefault();
      setAt((place + step + fitting.length) % fitting.length);
    } else if (event.key === "Enter" && fitting[place]) {
      event.preventDefault();
      choose(fitting[place].id);
    }
  };
  return html`<${Dialog} title=${title} kind="tall">
    <input type="search" data-first role="combobox" aria-expanded="true" aria-controls="options" aria-autocomplete="list"
      aria-activedescendant=${fitting.length ? `option-${place}` : undefined} aria-label=${t("web.filter")} placeholder=${t("web.filter")}
      value=${query} onInput=${(/** @type {any} */ event) => { setQuery(event.target.value); setAt(0); }} onKeyDown=${key} />
    <ul id="options" class="options" role="listbox" aria-label=${title} tabindex="-1">
      ${fitting.map((one, n) => html`<li key=${one.id} id=${`option-${n}`} role="option" aria-selected=${n === place}
        onClick=${() => choose(one.id)}>
        <span>${one.label}${one.note ? html`<small>${one.note}</small>` : null}</span>
        ${one.id === chosen ? html`<${Icon} name="check" />` : null}
      </li>`)}
    </ul>
    ${fitting.length ? null : html`<p class="quiet">${none || t("web.nothing_fits")}</p>`}
  <//>`;
}
