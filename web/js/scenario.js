// @ts-check
/** What if: sites and posts added, moved or closed, other weights; asked of the server, drawn as differences, never without the word "skenario". */

import { ask } from "./api.js";
import { byId, el, settled } from "./dom.js";
import { deltasOf } from "./style.js";
import { number, percent, t, term, trouble } from "./words.js";

const KINDS = ["galian_c", "coal_mine", "mine", "industry", "plantation", "power_plant", "infrastructure", "other"];
const PERMITS = ["legal", "illegal", "proposed", "disputed", "unknown"];
const STAGES = ["planned", "construction", "operating", "closed", "unknown"];
const SHOWN = 8;
const CELLS = 5000;

/** @typedef {{lng: number, lat: number}} Point */
/** @typedef {{text: string, part: (question: any) => void, at: Point | null}} Step  one thing that is otherwise */

/**
 * @param {string} label
 * @param {string} prefix
 * @param {string[]} values
 * @param {string} chosen
 */
function choice(label, prefix, values, chosen) {
  const select = /** @type {HTMLSelectElement} */ (el("select", {}, ...values.map((value) => el("option", { value, selected: value === chosen }, term(prefix, value)))));
  return { select, node: el("label", { class: "field" }, el("span", {}, label), select) };
}

/** @param {number} value */
function signed(value) {
  return `${value > 0 ? "+" : ""}${number(value, 1)}`;
}

/**
 * @typedef {object} Scene
 * @property {() => boolean} on
 * @property {(at: Point) => boolean} take  whether a point of the map was wanted for the scenario
 * @property {(properties: Record<string, any>) => HTMLElement | null} siteButtons
 * @property {(map: any) => void} mapReady
 */

/**
 * @param {any} snapshot
 * @param {{open: (kode: string) => void}} actions
 * @param {(text: string) => void} tell
 * @returns {Scene}
 */
export function startScenario(snapshot, actions, tell) {
  const box = byId("scenario");
  /** @type {any} */
  let map = null;
  let on = false;
  let turn = 0;
  /** @type {Step[]} */
  let steps = [];
  /** @type {Record<string, number>} */
  let weights = {};
  /** What the next point of the map is for. @type {((at: Point) => Step) | null} */
  let waiting = null;
  const result = el("div", { id: "scenario-result", "aria-live": "polite" });
  const list = el("ul", { class: "steps" });
  const hint = el("p", { class: "help", id: "scenario-hint", role: "status" });
  const kind = choice(t("fact.kind"), "kind", KINDS, "galian_c");
  const permit = choice(t("fact.permit"), "permit", PERMITS, "illegal");
  const stage = choice(t("fact.stage"), "stage", STAGES, "operating");

  function question() {
    const asked = { sites: { add: [], move: [], close: [] }, posts: { add: [] }, weights, cells: CELLS, geometry: true };
    for (const step of steps) step.part(asked);
    return asked;
  }

  /**
   * Cell by cell, or by areas where more cells change than are told one by one; the published colours step back.
   * @param {any} found  the answer, or null where there is none
   * @param {Point[]} points
   */
  function draw(found, points) {
    if (!map) return;
    const byArea = found !== null && found.cells.left_out > 0;
    const none = { type: "FeatureCollection", features: [] };
    map.getSource("whatif").setData(found === null || byArea ? none : found.geojson);
    const deltas = byArea ? found.areas.filter((/** @type {any} */ one) => one.delta) : [];
    const [filter, colour] = deltasOf(deltas.map((/** @type {any} */ one) => [one.kode, one.delta]));
    map.setFilter("whatif-areas", filter);
    map.setPaintProperty("whatif-areas", "fill-color", colour);
    for (const id of ["cells", "cells-hatch", "areas-under", "areas", "areas-hatch"]) map.setPaintProperty(id, "fill-opacity", found === null ? 1 : 0.3);
    map.getSource("whatif-points").setData({ type: "FeatureCollection", features: points.map((at) => ({ type: "Feature", properties: {}, geometry: { type: "Point", coordinates: [at.lng, at.lat] } })) });
  }

  const points = () => steps.flatMap((step) => (step.at ? [step.at] : []));

  async function compute() {
    const mine = ++turn;
    list.replaceChildren(...steps.map((step) => el("li", {}, el("span", {}, step.text),
      el("button", { type: "button", class: "link", "aria-label": t("scenario.drop_of", { text: step.text }), on: { click: () => change(steps.filter((other) => other !== step)) } }, t("scenario.drop")))));
    if (!steps.length && !Object.keys(weights).length) {
      result.replaceChildren();
      draw(null, []);
      return;
    }
    result.replaceChildren(el("p", { class: "help" }, t("scenario.computing")));
    try {
      const found = await ask("/api/scenario", { snapshot: snapshot.id, lang: document.documentElement.lang }, undefined, question());
      if (mine !== turn || !on) return;
      draw(found, points());
      result.replaceChildren(...told(found));
    } catch (error) {
      if (mine !== turn) return;
      draw(null, points());
      result.replaceChildren(el("p", { class: "withheld" }, trouble(error)));
    }
  }

  /** @param {any} found */
  function told(found) {
    const areas = found.areas.filter((/** @type {any} */ one) => one.level >= 3).slice(0, SHOWN);
    const rows = areas.map((/** @type {any} */ one) => el("tr", {},
      el("th", { scope: "row" }, el("button", { type: "button", class: "link", on: { click: () => actions.open(one.kode) } }, one.name)),
      el("td", {}, number(one.before, 1)), el("td", {}, number(one.after, 1)), el("td", {}, one.delta === null ? "–" : signed(one.delta))));
    return [
      el("p", {}, el("strong", { class: "stamp" }, found.title), " ", found.summary.text),
      rows.length > 0 && el("table", {}, el("caption", {}, t("scenario.areas")), el("thead", {}, el("tr", {}, ...["area", "before", "after", "delta"].map((name) => el("th", { scope: "col" }, t(`scenario.${name}`))))), el("tbody", {}, ...rows)),
      found.cells.left_out > 0 && el("p", { class: "help" }, t("scenario.by_area")),
      el("ul", { class: "deltas" }, ...["up_2", "up_1", "down_1", "down_2"].map((name) => el("li", {}, el("span", { class: `swatch delta-${name}`, "aria-hidden": "true" }), t(`scenario.${name}`)))),
      el("p", { class: "help" }, found.note),
    ].filter((node) => node instanceof Node);
  }

  /** @param {Step[]} next */
  function change(next) {
    steps = next;
    waiting = null;
    hint.textContent = "";
    void compute();
  }

  /** @param {(at: Point) => Step} make */
  function wait(make) {
    waiting = make;
    hint.textContent = t("scenario.point");
    map?.getCanvas().focus();
  }

  function sliders() {
    const later = settled(() => void compute(), 400);
    const total = () => snapshot.factors.reduce((/** @type {number} */ sum, /** @type {any} */ factor) => sum + (weights[factor.key] ?? factor.weight), 0) || 1;
    const outs = new Map();
    const show = () => outs.forEach((out, key) => {
      out.textContent = percent((weights[key] ?? snapshot.factors.find((/** @type {any} */ one) => one.key === key).weight) / total());
    });
    const rows = snapshot.factors.map((/** @type {any} */ factor) => {
      const slider = /** @type {HTMLInputElement} */ (el("input", { type: "range", min: "0", max: "1", step: "0.01", value: String(factor.weight), "data-factor": factor.key }));
      const out = el("output", {});
      outs.set(factor.key, out);
      slider.addEventListener("input", () => {
        weights = { ...weights, [factor.key]: Number(slider.value) };
        if (Number(slider.value) === factor.weight) delete weights[factor.key];
        show();
        later();
      });
      return el("label", { class: "slider" }, el("span", {}, factor.label), slider, out);
    });
    show();
    return el("details", {}, el("summary", {}, t("scenario.weights")), el("p", { class: "help" }, t("scenario.weights_help")), ...rows);
  }

  /** @param {boolean} next */
  function turnOn(next) {
    on = next;
    steps = [];
    weights = {};
    waiting = null;
    turn += 1;
    document.body.classList.toggle("in-scenario", on);
    if (on) void ask("/api/scenario").catch(() => null); // the server gets ready meanwhile; a fault is told at the first question
    draw(null, []);
    hint.textContent = "";
    result.replaceChildren();
    list.replaceChildren();
    const start = el("button", { type: "button", class: "button", id: "scenario-turn", on: { click: () => turnOn(!on) } }, t(on ? "scenario.end" : "scenario.start"));
    const addSite = el("button", { type: "button", class: "button", id: "scenario-site", on: { click: () => wait((at) => newSite(at)) } }, t("scenario.add_site"));
    const addPost = el("button", { type: "button", class: "button", id: "scenario-post", on: { click: () => wait((at) => newPost(at)) } }, t("scenario.add_post"));
    box.replaceChildren(el("h2", { class: "caption" }, t("scenario.label")), ...(on
      ? [el("p", { class: "help" }, t("scenario.help")), kind.node, permit.node, stage.node, el("div", { class: "ways" }, addSite, addPost), hint, list, sliders(), result, start]
      : [start]));
    if (box.isConnected && next) start.focus();
  }

  /** @param {Point} at @returns {Step} */
  function newSite(at) {
    const site = { kind: kind.select.value, permit: permit.select.value, stage: stage.select.value, lon: at.lng, lat: at.lat };
    return { text: t("scenario.new_site", { kind: term("kind", site.kind), permit: term("permit", site.permit) }), at, part: (asked) => asked.sites.add.push(site) };
  }

  /** @param {Point} at @returns {Step} */
  function newPost(at) {
    return { text: t("scenario.new_post"), at, part: (asked) => asked.posts.add.push({ lon: at.lng, lat: at.lat }) };
  }

  turnOn(false);
  return {
    on: () => on,
    take(at) {
      if (!on || !waiting) return false;
      change([...steps, waiting(at)]);
      return true;
    },
    siteButtons(properties) {
      if (!on || properties.id === undefined) return null;
      const name = String(properties.name ?? term("kind", properties.kind));
      const close = () => change([...steps, { text: t("scenario.closed", { name }), at: null, part: (asked) => asked.sites.close.push(String(properties.id)) }]);
      const move = () => wait((at) => ({ text: t("scenario.moved", { name }), at, part: (asked) => asked.sites.move.push({ id: String(properties.id), lon: at.lng, lat: at.lat }) }));
      return el("div", { class: "ways" },
        el("button", { type: "button", class: "button", id: "scenario-close", on: { click: close } }, t("scenario.close")),
        el("button", { type: "button", class: "button", id: "scenario-move", on: { click: move } }, t("scenario.move")));
    },
    mapReady(made) {
      map = made;
      draw(null, points());
    },
  };
}
