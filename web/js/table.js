// @ts-check
/** The table of areas of one level: sortable, every row opens its area. */

import { ask } from "./api.js";
import { el } from "./dom.js";
import { badge } from "./panel.js";
import { number, percent, t, trouble } from "./words.js";

const PAGE = 1500;
/** @type {[string, "score" | "name" | "kode" | null][]} */
const COLUMNS = [["rank", null], ["name", "name"], ["kode", "kode"], ["where", null], ["score", "score"], ["class", null], ["coverage", null]];

/**
 * @param {import("./state.js").Store} store
 * @param {any} found
 * @param {(kode: string) => void} open
 */
function grid(store, found, open) {
  const { sort, area } = store.state;
  const heads = COLUMNS.map(([name, by]) => el("th", { scope: "col", class: `col-${name}`, "aria-sort": by === sort ? (sort === "score" ? "descending" : "ascending") : null },
    by ? el("button", { type: "button", class: "sort", on: { click: () => store.set({ sort: by }) } }, t(`table.${name}`)) : t(`table.${name}`)));
  const rows = found.items.map((/** @type {any} */ item) => el("tr", { class: item.kode === area ? "open" : null, "data-kode": item.kode },
    el("td", { class: "col-rank" }, item.rank === null ? "–" : number(item.rank)),
    el("th", { scope: "row", class: "col-name" }, el("button", { type: "button", class: "link", on: { click: () => open(item.kode) } }, item.name)),
    el("td", { class: "col-kode" }, item.kode),
    el("td", { class: "col-where" }, item.path.slice(1, -1).map((/** @type {any} */ step) => step.name).reverse().join(", ")),
    el("td", { class: "col-score" }, item.score === null ? "–" : number(item.score, 1)),
    el("td", { class: "col-class" }, badge(item.class)),
    el("td", { class: "col-coverage" }, percent(item.coverage))));
  return el("table", {}, el("thead", {}, el("tr", {}, ...heads)), el("tbody", {}, ...rows));
}

/**
 * @param {HTMLElement} box
 * @param {import("./state.js").Store} store
 * @param {(kode: string) => void} open
 * @param {(text: string) => void} onTrouble
 */
export function followTable(box, store, open, onTrouble) {
  let turn = 0;

  function levels() {
    const buttons = [2, 3, 4].map((level) => el("button", { type: "button", "aria-pressed": String(level === store.state.level), on: { click: () => store.set({ level }) } }, t(`level.${level}`)));
    return el("div", { class: "group", role: "group", "aria-label": t("table.level") }, ...buttons);
  }

  /** The button that narrows the table to the open area, or widens it again. @param {any[]} items */
  function narrow(items) {
    const { within, area } = store.state;
    const code = within ?? area;
    const step = items.flatMap((item) => item.path.slice(0, -1)).find((item) => item.kode === code);
    if (!step && !within) return null;
    const name = step?.name ?? code;
    return el("button", { type: "button", class: "button", on: { click: () => store.set({ within: within ? null : code }) } }, t(within ? "table.widen" : "table.narrow", { name }));
  }

  async function draw() {
    const mine = ++turn;
    const { level, sort, within } = store.state;
    try {
      const found = await ask("/api/areas", { level, sort, parent: within, limit: PAGE });
      if (mine !== turn) return;
      const focus = document.activeElement instanceof HTMLElement && box.contains(document.activeElement) ? document.activeElement.textContent : null;
      box.replaceChildren(
        el("div", { class: "table-head" }, levels(), narrow(found.items), el("p", { class: "help" }, t("table.count", { shown: number(found.items.length), all: number(found.total) }))),
        el("div", { class: "table-scroll", tabindex: "0", role: "region", "aria-label": t("table.label") }, grid(store, found, open)),
      );
      const again = focus && [...box.querySelectorAll("button")].find((button) => button.textContent === focus);
      if (again) again.focus();
    } catch (error) {
      onTrouble(trouble(error));
    }
  }

  function show() {
    const shown = store.state.tab === "table";
    box.hidden = !shown;
    if (shown) void draw();
  }
  store.follow((state, changed) => {
    if (changed.has("tab")) show();
    else if (state.tab === "table" && ["level", "sort", "within"].some((name) => changed.has(name))) void draw();
    else if (changed.has("area")) for (const row of box.querySelectorAll("tr[data-kode]")) row.classList.toggle("open", row.getAttribute("data-kode") === state.area);
  });
  show();
}
