// @ts-check
/** What the page shows, kept in the address so that opening the address shows the same. */

/**
 * @typedef {object} State
 * @property {string | null} area   Kemendagri code of the open area
 * @property {string | null} cell   H3 id of the open cell (wins over area)
 * @property {string} theme         "score" or a factor key
 * @property {"cells" | "areas"} mode
 * @property {string[]} layers      of incidents, tps, sites
 * @property {[number, number, number] | null} view  zoom, latitude, longitude
 * @property {"map" | "table"} tab
 * @property {number} level         of the table: 2, 3 or 4
 * @property {"score" | "name" | "kode"} sort
 * @property {string | null} within parent area of the table
 * @property {"id" | "en"} lang
 */

/** @type {State} */
const DEFAULTS = {
  area: null, cell: null, theme: "score", mode: "cells", layers: [], view: null, tab: "map", level: 3, sort: "score", within: null, lang: "id",
};
const CODE = /^\d{2}(\.\d{2}(\.\d{2}(\.\d{4})?)?)?$/;
export const LAYERS = ["incidents", "tps", "sites"];

/**
 * The state an address stands for; what it does not understand is left at its default.
 * @param {string} hash
 * @returns {State}
 */
export function parse(hash) {
  const given = new URLSearchParams(hash.replace(/^#/, ""));
  /** @type {(name: string, allowed: string[]) => any} */
  const one = (name, allowed) => (allowed.includes(given.get(name) ?? "") ? given.get(name) : null);
  /** @type {(name: string, form: RegExp) => string | null} */
  const fits = (name, form) => (form.test(given.get(name) ?? "") ? given.get(name) : null);
  const view = (given.get("view") ?? "").split("/").map(Number);
  const good = view.length === 3 && view.every(Number.isFinite) && Math.abs(view[1]) <= 85 && Math.abs(view[2]) <= 180;
  return {
    area: fits("area", CODE),
    cell: fits("cell", /^8[0-9a-f]{14}$/),
    theme: fits("theme", /^[a-z_]{1,40}$/) ?? DEFAULTS.theme,
    mode: one("mode", ["cells", "areas"]) ?? DEFAULTS.mode,
    layers: (given.get("layers") ?? "").split(",").filter((name) => LAYERS.includes(name)),
    view: good ? [view[0], view[1], view[2]] : null,
    tab: one("tab", ["map", "table"]) ?? DEFAULTS.tab,
    level: Number(one("level", ["2", "3", "4"]) ?? DEFAULTS.level),
    sort: one("sort", ["score", "name", "kode"]) ?? DEFAULTS.sort,
    within: fits("within", CODE),
    lang: one("lang", ["id", "en"]) ?? DEFAULTS.lang,
  };
}

/**
 * The part of the address after '#', without what is at its default.
 * @param {State} state
 */
export function format(state) {
  const parts = [];
  for (const [name, value] of Object.entries(state)) {
    const start = DEFAULTS[/** @type {keyof State} */ (name)];
    if (value === null || String(value) === String(start)) continue;
    if (name === "view") parts.push(`view=${state.view?.map((item, i) => item.toFixed(i ? 4 : 2)).join("/")}`);
    else parts.push(`${name}=${value}`);
  }
  return parts.join("&");
}

/** One state, its address, and those who want to know of changes. */
export class Store {
  constructor() {
    this.state = parse(location.hash);
    /** @type {((state: State, changed: Set<string>) => void)[]} */
    this.readers = [];
    const reread = () => this.#become(parse(location.hash));
    window.addEventListener("popstate", reread);
    window.addEventListener("hashchange", reread);
  }

  /** @param {(state: State, changed: Set<string>) => void} reader */
  follow(reader) {
    this.readers.push(reader);
  }

  /**
   * Changes the state and its address; another area or tab is a step that Back undoes.
   * @param {Partial<State>} patch
   */
  set(patch) {
    const next = { ...this.state, ...patch };
    const step = ["area", "cell", "tab"].some((name) => /** @type {any} */ (next)[name] !== /** @type {any} */ (this.state)[name]);
    const address = `${location.pathname}${location.search}#${format(next)}`;
    if (step) history.pushState(null, "", address);
    else history.replaceState(null, "", address);
    this.#become(next);
  }

  /** @param {State} next */
  #become(next) {
    const before = /** @type {any} */ (this.state);
    const changed = new Set(Object.entries(next).filter(([name, value]) => String(before[name]) !== String(value)).map(([name]) => name));
    this.state = next;
    if (changed.size) for (const reader of this.readers) reader(next, changed);
  }
}
