// @ts-check
/** The panel of one place: score, rank, coverage, why, counts, ways out. */

import { ask } from "./api.js";
import { bars } from "./bars.js";
import { el } from "./dom.js";
import { alertLine, changed, outlook } from "./outlook.js";
import { day, number, percent, t, term } from "./words.js";

/** @typedef {{open: (kode: string) => void, openCell: (cell: string) => void, close: () => void, lookAt: (box: [number, number, number, number]) => void}} Actions */

/**
 * The badge of a class: numeral, word and colour, or the hatch.
 * @param {number} level  0..5
 * @param {string} [label]
 */
export function badge(level, label) {
  return el("span", { class: `badge class-${level}` }, level > 0 && el("b", {}, String(level)), label ?? t(`class.${level}`));
}

/** @param {any} place */
function scoreBlock(place) {
  if (place.score === null) return el("div", { class: "score" }, badge(0, place.class_label), el("p", {}, t("panel.unmonitored")));
  return el(
    "div",
    { class: "score" },
    el("p", { class: "figure" }, el("strong", { id: "score" }, number(place.score, 1)), el("span", {}, t("panel.of_100"))),
    badge(place.class, place.class_label),
    place.rank && el("p", { class: "rank" }, t(`panel.rank_${place.level}`, { rank: number(place.rank), ranked: number(place.ranked) })),
  );
}

/** @param {any} place */
function coverage(place) {
  const meter = el("div", { class: "meter", "aria-hidden": "true" }, el("div", { class: "meter-fill" }));
  /** @type {HTMLElement} */ (meter.firstElementChild).style.width = `${100 * place.coverage}%`;
  return el("div", { class: "coverage", title: t("panel.coverage_help") }, el("span", {}, t("panel.coverage")), meter, el("span", {}, percent(place.coverage)));
}

/** @param {any} place */
function counts(place) {
  const rows = Object.entries(place.counts ?? {})
    .filter(([, value]) => value !== null)
    .map(([name, value]) => [t(`count.${name}`), number(value, name === "people" || Number.isInteger(value) || value >= 100 ? 0 : value >= 10 ? 1 : 2)]);
  rows.push([t("count.area_km2"), `${number(place.area_km2, place.area_km2 < 100 ? 1 : 0)} km²`]);
  return el("dl", { class: "facts" }, ...rows.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))));
}

/**
 * The places one level down with the highest scores.
 * @param {any} place
 * @param {Actions} actions
 */
async function inside(place, actions) {
  if (place.h3 || place.level >= 4) return null;
  const found = await ask("/api/areas", { parent: place.kode, sort: "score", limit: 5 });
  const scored = found.items.filter((/** @type {any} */ item) => item.score !== null);
  if (!scored.length) return null;
  const rows = scored.map((/** @type {any} */ item) => el("li", {},
    el("button", { type: "button", class: "link", on: { click: () => actions.open(item.kode) } }, item.name),
    el("span", { class: `chip class-${item.class}` }, number(item.score, 1))));
  return el("section", { class: "inside" }, el("h3", {}, t(`panel.inside_${place.level + 1}`)), el("ol", {}, ...rows));
}

/**
 * @param {any} place
 * @param {Actions} actions
 */
function waysOut(place, actions) {
  const print = `/prints/${place.kode}.pdf?lang=${document.documentElement.lang}`;
  const data = place.h3 ? `/api/cells/${place.h3}` : `/api/collections/areas/items/${place.kode}`;
  return el(
    "div",
    { class: "ways" },
    el("button", { type: "button", class: "button", on: { click: () => actions.lookAt(place.bbox) } }, t("panel.look")),
    el("a", { class: "button strong", href: print, target: "_blank", rel: "noopener" }, t("panel.print")),
    el("a", { class: "button", href: data, target: "_blank", rel: "noopener" }, t(place.h3 ? "panel.data" : "panel.geojson")),
    el("a", { class: "button", href: `/wilayah/${place.kode}?lang=${document.documentElement.lang}` }, t("panel.text")),
  );
}

/**
 * @param {HTMLElement} panel
 * @param {string} heading
 * @param {string} under
 * @param {Actions} actions
 * @param {boolean} [sample]
 */
function head(panel, heading, under, actions, sample = false) {
  panel.replaceChildren(
    el("header", {},
      el("div", {}, el("h2", {}, heading), el("p", { class: "under" }, under, sample && el("span", { class: "stamp" }, t("mark.sample")))),
      el("button", { type: "button", class: "button close", id: "panel-close", on: { click: actions.close } }, t("close"))),
  );
  panel.hidden = false;
  panel.scrollTop = 0;
}

/**
 * @param {HTMLElement} panel
 * @param {any} place  answer of /api/areas/{kode} or /api/cells/{h3}
 * @param {Actions} actions
 * @param {string | null} wanted  the class whose forecast the map shows
 * @param {() => boolean} current  whether this place is still wanted
 */
export async function showPlace(panel, place, actions, wanted, current) {
  const path = place.path.map((/** @type {any} */ step) => step.name);
  const title = place.h3 ? t("panel.cell", { name: path.at(-1) ?? place.kode }) : place.name;
  head(panel, title, place.h3 ? `${place.h3} · ${place.kode}` : `${place.level_label} · ${place.kode}`, actions, place.sample);
  const top = place.max_cell && !place.h3 && place.max_score !== null
    && el("p", { class: "top-cell" }, t("panel.max_cell"), " ",
      el("button", { type: "button", class: "link", on: { click: () => actions.openCell(place.max_cell) } }, number(place.max_score, 1)));
  const index = [scoreBlock(place), coverage(place), top];
  const why = bars(place.contributions, place.score);
  const expected = outlook(place, wanted);
  panel.append(
    ...[alertLine(place), ...(wanted ? [...expected, ...index] : index), waysOut(place, actions), why, ...(wanted ? [] : expected), changed(place)]
      .filter((node) => node instanceof Node),
  );
  const below = await inside(place, actions);
  if (!current()) return;
  if (below) panel.append(below);
  panel.append(
    el("section", {}, el("h3", {}, t("panel.counts")), counts(place)),
    el("p", { class: "help" }, t("panel.source", { as_of: day(place.as_of), id: place.snapshot })),
  );
}

/** What is said of a point, in this order; a closed list is shown by its word. */
const FACTS = ["occurred_on", "kind", "conflict_source", "permit", "stage", "voters", "deaths", "injured", "severity", "precision", "how_known", "source", "kode"];
const LISTS = new Set(["kind", "conflict_source", "permit", "stage", "precision", "how_known"]);

/**
 * @param {HTMLElement} panel
 * @param {string} layer
 * @param {Record<string, any>} properties
 * @param {Actions} actions
 * @param {HTMLElement | null} more  what else may be done with it
 */
export function showPoint(panel, layer, properties, actions, more) {
  head(panel, String(properties.name ?? term("kind", properties.kind)), t(`layer.${layer}`), actions);
  const rows = FACTS.filter((name) => properties[name] !== undefined && properties[name] !== null).map((name) => {
    const value = properties[name];
    let text = typeof value === "number" ? number(value, Number.isInteger(value) ? 0 : 2) : String(value);
    if (LISTS.has(name)) text = term(name, value);
    if (name === "occurred_on") text = day(value);
    return el("div", {}, el("dt", {}, t(`fact.${name}`)), el("dd", {}, text));
  });
  panel.append(
    el("dl", { class: "facts" }, ...rows),
    el("div", { class: "ways" }, el("button", { type: "button", class: "button", on: { click: () => actions.open(String(properties.kode)) } }, t("panel.open_area"))),
    ...(more ? [more] : []),
  );
}
