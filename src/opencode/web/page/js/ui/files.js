// The project's files: walk, search, read in colours, name one in the prompt.

import { attempt, go, putIntoInput } from "../acts.js";
import { get } from "../server.js";
import { state } from "../state.js";
import { mention } from "../suggest.js";
import { t } from "../texts.js";
import { Bar } from "./bar.js";
import { html, Icon, useEffect, useState } from "./html.js";
import { Markdown } from "./message.js";
import { Lines } from "./tool.js";

/** @typedef {import("../types.js").FileNode} FileNode */
/** @typedef {{folder: string, entries: FileNode[] | null, file: {content: string, type: string, mimeType?: string} | null}} Seen */

/** @param {{path: string}} props a file or folder of the project; "" is its top */
export function Files({ path }) {
  const [seen, setSeen] = useState(/** @type {Seen} */ ({ folder: "", entries: null, file: null }));
  const [query, setQuery] = useState("");
  const [found, setFound] = useState(/** @type {string[] | null} */ (null));
  const [changes, setChanges] = useState(/** @type {Set<string>} */ (new Set()));

  useEffect(() => {
    let isCurrent = true;
    attempt(async () => {
      /** @type {Seen} */
      let next = { folder: "", entries: null, file: null };
      try {
        next = await look(path);
      } finally {
        if (isCurrent) setSeen(next);
      }
    });
    return () => {
      isCurrent = false;
    };
  }, [path]);
  useEffect(() => {
    attempt(async () => {
      const files = await get("/file/status");
      setChanges(new Set(files.map((/** @type {{path: string}} */ one) => one.path)));
    });
  }, []);
  useEffect(() => {
    if (!query) return setFound(null);
    const timer = setTimeout(
      () => attempt(async () => setFound(await get(`/find/file?type=file&limit=50&query=${encodeURIComponent(query)}`))),
      120,
    );
    return () => clearTimeout(timer);
  }, [query]);

  return html`<main class=${`files ${seen.file ? "has-file" : ""}`}>
    <${Bar} title=${t("web.files")}>
      <button class="plain" onClick=${back}><${Icon} name="chat" />${t("web.to_chat")}</button>
    <//>
    <div class="files-body">
      <section class="tree" aria-label=${t("web.files")}>
        <div class="field"><${Icon} name="search" /><input type="search" aria-label=${t("web.find_file")} placeholder=${t("web.find_file")} value=${query} onInput=${(/** @type {any} */ event) => setQuery(event.target.value)} /></div>
        <${Crumbs} path=${seen.folder} />
        <ul>
          ${found ? found.map((one) => html`<${Entry} key=${one} path=${one} name=${one} />`)
            : seen.entries?.map((one) => html`<${Entry} key=${one.path} path=${one.path} name=${one.name} isFolder=${one.type === "directory"}
                isDim=${one.ignored} isChanged=${changes.has(one.path)} isOpen=${one.path === path} />`)}
        </ul>
        ${found && !found.length ? html`<p class="quiet">${t("web.nothing_fits")}</p>` : null}
      </section>
      <section class="paper" aria-label=${t("web.file")}>
        ${seen.file ? html`<${Paper} path=${path} file=${seen.file} />` : html`<p class="quiet centred">${t("web.choose_file")}</p>`}
      </section>
    </div>
  </main>`;
}

/** @param {string} path @returns {Promise<Seen>} */
async function look(path) {
  const answer = await get(`/file?path=${encodeURIComponent(path || ".")}`);
  if (Array.isArray(answer)) return { folder: path, entries: answer, file: null };
  const folder = path.split("/").slice(0, -1).join("/");
  const [entries, file] = await Promise.all([
    get(`/file?path=${encodeURIComponent(folder || ".")}`),
    get(`/file/content?path=${encodeURIComponent(path)}`),
  ]);
  return { folder, entries, file };
}

/** To the conversation that was open. */
const back = () => go(state.open ? `#/session/${state.open.info.id}` : "#/");

/** @param {{path: string}} props */
function Crumbs({ path }) {
  const names = path ? path.split("/") : [];
  return html`<nav class="crumbs" dir="ltr" aria-label=${t("web.folder")}>
    <a href="#/files">${state.place.directory.split(/[\\/]/).at(-1) || "/"}</a>
    ${names.map((name, n) => html`<span key=${n}> / <a href=${`#/files/${encodeURIComponent(names.slice(0, n + 1).join("/"))}`}>${name}</a></span>`)}
  </nav>`;
}

/** @param {{path: string, name: string, isFolder?: boolean, isDim?: boolean, isChanged?: boolean, isOpen?: boolean}} props */
function Entry({ path, name, isFolder = false, isDim = false, isChanged = false, isOpen = false }) {
  return html`<li>
    <a class=${isDim ? "dim" : ""} href=${`#/files/${encodeURIComponent(path)}`} aria-current=${isOpen ? "true" : undefined} dir="ltr">
      <${Icon} name=${isFolder ? "files" : "file"} /><span>${name}</span>${isChanged ? html`<span class="changed" role="img" aria-label=${t("web.changed")}>●</span>` : null}
    </a>
  </li>`;
}

/** @param {{path: string, file: {content: string, type: string, mimeType?: string}}} props */
function Paper({ path, file }) {
  const isProse = /\.(md|markdown)$/i.test(path);
  const [isRaw, setRaw] = useState(false);
  const use = () => {
    putIntoInput(`${mention(path)} `);
    back();
  };
  return html`<header class="paper-head">
      <a class="ghost round only-narrow" href=${`#/files/${encodeURIComponent(path.split("/").slice(0, -1).join("/"))}`} aria-label=${t("web.back")}><${Icon} name="back" /></a>
      <h2 dir="ltr" title=${path}><span>${path.split("/").slice(0, -1).map((name) => `${name}/`).join("")}</span>${path.split("/").at(-1)}</h2>
      ${isProse ? html`<button class="plain" aria-pressed=${isRaw} onClick=${() => setRaw(!isRaw)}>${t("web.source")}</button>` : null}
      <button class="plain mention" aria-label=${t("web.mention_this")} title=${t("web.mention_this")} onClick=${use}><${Icon} name="at" /><span>${t("web.mention_this")}</span></button>
    </header>
    <div class="paper-body">${content(path, file, isProse && !isRaw)}</div>`;
}

/** @param {string} path @param {{content: string, type: string, mimeType?: string}} file @param {boolean} isProse */
function content(path, file, isProse) {
  if (file.type === "binary") {
    return file.mimeType?.startsWith("image/")
      ? html`<img class="picture" src=${`data:${file.mimeType};base64,${file.content}`} alt=${path} />`
      : html`<p class="quiet centred">${t("web.binary")}</p>`;
  }
  if (isProse) return html`<div class="sheet"><${Markdown} text=${file.content} /></div>`;
  return html`<${Lines} text=${file.content} name=${path} />`;
}
