// The drawing library, and the two small components everything uses.

import * as library from "../../vendor/htm-preact.js";

/** The library's own file holds no types: these are its words as they are used here. @type {any} */
const preact = library;

/** @type {(texts: TemplateStringsArray, ...values: any[]) => any} */
export const html = preact.html;
/** @type {(tag: any, props: any, ...children: any[]) => any} */
export const h = preact.h;
/** @type {(what: any, where: Element) => void} */
export const render = preact.render;
/** @type {any} */
export const Component = preact.Component;
/** @type {<T>(first: T) => [T, (next: T) => void]} */
export const useState = preact.useState;
/** @type {<T>(first: T) => {current: T}} */
export const useRef = preact.useRef;
/** @type {<T>(make: () => T, of: any[]) => T} */
export const useMemo = preact.useMemo;
/** @type {(work: () => any, of?: any[]) => void} */
export const useEffect = preact.useEffect;
/** @type {(work: () => any, of?: any[]) => void} */
export const useLayoutEffect = preact.useLayoutEffect;

/** A component that is drawn again only when one of its properties changed.
 * @param {(props: any) => any} draw */
export function memo(draw) {
  return class extends Component {
    /** @param {any} next */
    shouldComponentUpdate(next) {
      const now = /** @type {any} */ (this).props;
      return Object.keys(next).some((name) => next[name] !== now[name]);
    }

    /** @param {any} props */
    render(props) {
      return draw(props);
    }
  };
}

/** What is the same stays where it is, so that a selection in a growing text is not lost.
 * @param {any} there @param {any} wanted */
function become(there, wanted) {
  const fresh = [...wanted.childNodes];
  for (const [n, next] of fresh.entries()) {
    const now = there.childNodes[n];
    if (!now) there.append(next);
    else if (now.isEqualNode(next)) continue;
    else if (now.nodeType === Node.TEXT_NODE && next.nodeType === Node.TEXT_NODE) {
      if (next.data.startsWith(now.data)) now.appendData(next.data.slice(now.data.length));
      else now.data = next.data;
    } else if (now.cloneNode(false).isEqualNode(next.cloneNode(false))) become(now, next);
    else now.replaceWith(next);
  }
  while (there.childNodes.length > fresh.length) there.lastChild.remove();
}

/** Nodes that were made elsewhere. @param {{nodes: () => Node, of: any, tag?: string, [more: string]: any}} props */
export function Nodes({ nodes, of, tag = "div", ...more }) {
  const box = useRef(null);
  useLayoutEffect(() => {
    become(/** @type {any} */ (box.current), nodes());
  }, [of]);
  return h(tag, { ref: box, ...more }, null);
}

/** @type {Object<string, string>} */
const PATHS = {
  menu: "M3 6h14M3 10h14M3 14h14",
  plus: "M10 4v12M4 10h12",
  search: "M9 15A6 6 0 1 0 9 3a6 6 0 0 0 0 12zM13.500 13.500 17 17",
  send: "M10 16V4M5 9l5-5 5 5",
  stop: "M6 6h8v8H6z",
  clip: "M15.500 9.500 10 15a3.500 3.500 0 0 1-5-5l6-6a2.300 2.300 0 0 1 3.300 3.300L8.500 13a1.100 1.100 0 0 1-1.600-1.600l5-5",
  files: "M3 5.500A1.500 1.500 0 0 1 4.500 4H8l2 2h5.500A1.500 1.500 0 0 1 17 7.500v7a1.500 1.500 0 0 1-1.500 1.500h-11A1.500 1.500 0 0 1 3 14.500z",
  file: "M5 3h6l4 4v10H5zM11 3v4h4",
  gear: "M10 12.500a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5zM10 2.500v2M10 15.500v2M2.500 10h2M15.500 10h2M4.700 4.700l1.400 1.400M13.900 13.900l1.400 1.400M4.700 15.300l1.400-1.400M13.900 6.100l1.400-1.400",
  more: "M5 10h.01M10 10h.01M15 10h.01",
  close: "M5 5l10 10M15 5 5 15",
  keys: "M3 6h14v8H3zM6 9h.01M9 9h.01M12 9h.01M14 9h.01M7 12h6",
  link: "M8.500 11.500a3 3 0 0 0 4.300 0l3-3a3 3 0 0 0-4.300-4.300l-1 1M11.500 8.500a3 3 0 0 0-4.300 0l-3 3a3 3 0 0 0 4.300 4.300l1-1",
  chat: "M4 4h12v9H9l-4 3v-3H4z",
  back: "M12 4l-6 6 6 6",
  down: "M10 4v12M5 11l5 5 5-5",
  check: "M4 10.500 8 14.500 16 6",
  theme: "M16 11.500A6.500 6.500 0 1 1 8.500 4a5 5 0 0 0 7.500 7.500z",
  at: "M13 10a3 3 0 1 1-6 0 3 3 0 0 1 6 0zM13 10v1.500a2 2 0 0 0 4 0V10a7 7 0 1 0-3 5.700",
};

/** A small drawing beside a text. @param {{name: string}} props */
export function Icon({ name }) {
  return html`<svg class=${`icon icon-${name}`} viewBox="0 0 20 20" aria-hidden="true" focusable="false">
    <path d=${PATHS[name]} />
  </svg>`;
}
