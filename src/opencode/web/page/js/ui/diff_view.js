// A change of a file, in one column or side by side where there is room.

import { pairs, rows } from "../diff.js";
import { keep, kept } from "../kept.js";
import { short, t } from "../texts.js";
import { html, useMemo, useState } from "./html.js";

/** @typedef {import("../diff.js").Row} Row */

/** Longer diffs are shown up to here, and whole for whom wants that. */
const MOST = 1_500;

/** @param {{path: string, patch: string, isNumbered?: boolean}} props */
export function DiffView({ path, patch, isNumbered = true }) {
  const whole = useMemo(() => rows(patch), [patch]);
  const [most, setMost] = useState(MOST);
  const all = whole.slice(0, most);
  const hasSides = whole.some((row) => row.kind === "removed" || row.kind === "same");
  const isWide = matchMedia("(min-width: 60rem)").matches;
  const [mode, setMode] = useState(kept("diff") || (isWide ? "split" : "unified"));
  const isSplit = mode === "split" && hasSides;
  const flip = () => {
    const other = isSplit ? "unified" : "split";
    keep("diff", other);
    setMode(other);
  };
  return html`<figure class=${`diff ${isNumbered ? "" : "unnumbered"}`}>
    <figcaption><span dir="ltr">${path}</span>
      ${hasSides ? html`<button class="ghost" aria-pressed=${isSplit} onClick=${flip}>${t("web.side_by_side")}</button>` : null}
    </figcaption>
    <div class="diff-rows" dir="ltr" tabindex="0" role="region" aria-label=${path}>
      ${isSplit ? html`<${Split} all=${all} />` : html`<${Unified} all=${all} />`}
      ${all.length < whole.length ? html`<button class="ghost wide" onClick=${() => setMost(Infinity)}>${t("web.more")}: ${short(whole.length - all.length)}</button>` : null}
    </div>
  </figure>`;
}

/** @param {{all: Row[]}} props */
function Unified({ all }) {
  return html`<table class="unified"><tbody>
    ${all.map((row, n) => row.kind === "hunk"
      ? html`<tr key=${n} class="hunk"><td colspan="3">⋯ ${row.text}</td></tr>`
      : html`<tr key=${n} class=${row.kind}><td class="n">${row.before || ""}</td><td class="n">${row.after || ""}</td><td class="code">${marked(row)}</td></tr>`)}
  </tbody></table>`;
}

/** @param {{all: Row[]}} props */
function Split({ all }) {
  return html`<table class="split"><colgroup><col class="n" /><col /><col class="n" /><col /></colgroup><tbody>
    ${pairs(all).map(({ left, right }, n) => left?.kind === "hunk"
      ? html`<tr key=${n} class="hunk"><td colspan="4">⋯ ${left.text}</td></tr>`
      : html`<tr key=${n}>
        <td class="n">${left?.before || ""}</td><td class=${`code ${left?.kind ?? "none"}`}>${left ? marked(left) : ""}</td>
        <td class="n">${right?.after || ""}</td><td class=${`code ${right?.kind ?? "none"}`}>${right ? marked(right) : ""}</td>
      </tr>`)}
  </tbody></table>`;
}

/** @param {Row} row */
function marked(row) {
  const sign = { added: "+", removed: "−", same: " ", hunk: "" }[row.kind];
  const hidden = html`<span class="sign" aria-hidden="true">${sign}</span>`;
  if (!row.marked) return html`${hidden}${row.text || "​"}`;
  const [from, to] = row.marked;
  const name = row.kind === "added" ? "ins" : "del";
  return html`${hidden}${row.text.slice(0, from)}<${name}>${row.text.slice(from, to)}</${name}>${row.text.slice(to)}`;
}
