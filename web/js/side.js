// @ts-check
/** The left side and the top bar: breadcrumb, theme, cells or areas, layers, notes, language. */

import { byId, el } from "./dom.js";
import { markCanvas } from "./images.js";
import { classOf, quietOf, quietTheme, themeOf } from "./outlook.js";
import { LAYERS } from "./state.js";
import { day, t, term } from "./words.js";

/** @typedef {import("./state.js").Store} Store */

/**
 * Buttons of which one is pressed.
 * @param {string} id
 * @param {string} name  of the data attribute and of the state
 * @param {Store} store
 */
function choice(id, name, store) {
  const buttons = [...byId(id).querySelectorAll("button")];
  const show = () => {
    for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset[name] === /** @type {any} */ (store.state)[name]));
  };
  for (const button of buttons) {
    button.addEventListener("click", () => store.set({ [name]: button.dataset[name] }));
  }
  store.follow(show);
  show();
}

/**
 * The classes of incidents something is expected of: [key, words]. "Prakiraan" is a word to be earned in the back-test.
 * @param {any} snapshot
 * @returns {[string, string][]}
 */
function classesOf(snapshot) {
  const found = new Map();
  for (const entry of snapshot.forecast) {
    const name = snapshot.forecast.some((/** @type {any} */ one) => one.class === entry.class && one.label) ? "outlook.expected" : "outlook.forecast";
    found.set(entry.class, t(name, { class: entry.class_label }));
  }
  return [...found];
}

/**
 * @param {Store} store
 * @param {any} snapshot
 */
function themes(store, snapshot) {
  const { factors } = snapshot;
  const kinds = classesOf(snapshot);
  /** Ranked where numbers reach the district. @type {any[]} */
  const quiet = [...new Map(snapshot.forecast.filter((/** @type {any} */ entry) => entry.stage === "monthly").map((/** @type {any} */ entry) => [entry.class, entry])).values()];
  const select = /** @type {HTMLSelectElement} */ (byId("theme"));
  const dimensions = [...new Set(factors.map((/** @type {any} */ factor) => factor.dimension))];
  select.replaceChildren(
    el("option", { value: "score" }, t("theme.score")),
    ...(kinds.length ? [el("optgroup", { label: t("theme.forecast") }, ...kinds.map(([kind, label]) => el("option", { value: themeOf(kind) }, label)),
      ...quiet.map((entry) => el("option", { value: quietTheme(entry.class) }, t("theme.quiet", { class: entry.class_label }))))] : []),
    ...dimensions.map((dimension) => el("optgroup", { label: term("dimension", dimension) },
      ...factors.filter((/** @type {any} */ factor) => factor.dimension === dimension).map((/** @type {any} */ factor) => el("option", { value: factor.key }, factor.label)))),
  );
  const known = ["score", ...factors.map((/** @type {any} */ factor) => factor.key), ...kinds.map(([kind]) => themeOf(kind)), ...quiet.map((entry) => quietTheme(entry.class))];
  if (!known.includes(store.state.theme)) store.set({ theme: "score" });
  const show = () => {
    const { theme } = store.state;
    select.value = theme;
    byId("theme-help").textContent = factors.find((/** @type {any} */ factor) => factor.key === theme)?.help ?? t(quietOf(theme) ? "theme.quiet_help" : classOf(theme) ? "theme.forecast_help" : "theme.score_help");
    byId("modes").hidden = classOf(theme) !== null;
  };
  select.addEventListener("change", () => store.set({ theme: select.value }));
  store.follow(show);
  show();
}

/** @param {Store} store */
function layers(store) {
  const boxes = LAYERS.map((id) => {
    const box = /** @type {HTMLInputElement} */ (el("input", { type: "checkbox", value: id }));
    box.addEventListener("change", () => store.set({ layers: LAYERS.filter((name) => (name === id ? box.checked : store.state.layers.includes(name))) }));
    byId("layers").append(el("label", { class: "check" }, box, markCanvas(id), t(`layer.${id}`)));
    return box;
  });
  byId("layers").append(el("p", { class: "help" }, t("layers.counted")));
  const show = () => {
    for (const box of boxes) box.checked = store.state.layers.includes(box.value);
  };
  store.follow(show);
  show();
}

/**
 * What the reader of this snapshot must know.
 * @param {any} snapshot
 */
function cautions(snapshot) {
  const box = byId("cautions");
  box.hidden = snapshot.warnings.length === 0;
  box.replaceChildren(
    el("summary", { class: "caption" }, t("cautions.label", { n: String(snapshot.warnings.length) })),
    el("ul", {}, ...snapshot.warnings.map((/** @type {any} */ item) => el("li", {}, item.text))),
  );
}

/**
 * Under the map: what it is and is not.
 * @param {Store} store
 * @param {any} snapshot
 */
function notes(store, snapshot) {
  const blind = snapshot.classes.every((/** @type {any} */ item) => item.class === 0 || item.cells === 0);
  const show = () => {
    const kind = classOf(store.state.theme);
    const label = kind ? snapshot.forecast.find((/** @type {any} */ entry) => entry.class === kind && entry.label)?.label : t("mark.index");
    const lines = [blind && !kind && t("cautions.blind"), snapshot.sample && t("mark.sample_long"), label, snapshot.indicative && t("mark.indicative")];
    byId("notes").dataset.scenario = `${t("scenario.mark")} · `;
    byId("notes").textContent = lines.filter(Boolean).join(" · ");
  };
  store.follow(show);
  show();
}

/**
 * What was learned of sites, and where the back-test is told.
 * @param {any} snapshot
 */
function effects(snapshot) {
  byId("effects").hidden = snapshot.site_effects.length === 0;
  byId("effects").replaceChildren(
    el("summary", { class: "caption" }, t("effects.label")),
    el("ul", {}, ...snapshot.site_effects.map((/** @type {any} */ effect) => el("li", {}, effect.text))),
  );
}

/**
 * @param {Store} store
 * @param {any} snapshot
 */
export function startSide(store, snapshot) {
  document.title = `${snapshot.title} · petarawan`;
  byId("title").textContent = snapshot.title;
  byId("edition").append(
    ...(snapshot.sample ? [el("strong", { class: "stamp" }, t("mark.sample"))] : []),
    el("span", {}, t("edition", { as_of: day(snapshot.as_of) })),
    el("code", { title: t("edition.id") }, snapshot.id),
  );
  notes(store, snapshot);
  effects(snapshot);
  choice("modes", "mode", store);
  choice("tabs", "tab", store);
  choice("languages", "lang", store);
  themes(store, snapshot);
  layers(store);
  cautions(snapshot);
  const side = byId("side");
  byId("side-open").addEventListener("click", () => {
    side.classList.add("out");
    byId("side-close").focus();
  });
  byId("side-close").addEventListener("click", () => {
    side.classList.remove("out");
    byId("side-open").focus();
  });
}

/**
 * @param {{kode: string, name: string}[]} path
 * @param {(kode: string) => void} open
 */
export function drawCrumbs(path, open) {
  const last = path.length - 1;
  byId("crumbs").replaceChildren(el("ol", {}, ...path.map((step, i) => el("li", {},
    el("button", { type: "button", class: "link", "aria-current": i === last ? "true" : null, on: { click: () => open(step.kode) } }, step.name)))));
}
