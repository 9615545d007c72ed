// @ts-check
/** The left side and the top bar: breadcrumb, theme, cells or areas, layers, notes, language. */

import { byId, el } from "./dom.js";
import { markCanvas } from "./images.js";
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
 * @param {Store} store
 * @param {any[]} factors
 */
function themes(store, factors) {
  const select = /** @type {HTMLSelectElement} */ (byId("theme"));
  const dimensions = [...new Set(factors.map((factor) => factor.dimension))];
  select.replaceChildren(
    el("option", { value: "score" }, t("theme.score")),
    ...dimensions.map((dimension) => el("optgroup", { label: term("dimension", dimension) },
      ...factors.filter((factor) => factor.dimension === dimension).map((factor) => el("option", { value: factor.key }, factor.label)))),
  );
  if (store.state.theme !== "score" && !factors.some((factor) => factor.key === store.state.theme)) store.set({ theme: "score" });
  const show = () => {
    select.value = store.state.theme;
    byId("theme-help").textContent = factors.find((factor) => factor.key === store.state.theme)?.help ?? t("theme.score_help");
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
  const blind = snapshot.classes.every((/** @type {any} */ item) => item.class === 0 || item.cells === 0);
  const notes = [blind && t("cautions.blind"), snapshot.sample && t("mark.sample_long"), t("mark.index"), snapshot.indicative && t("mark.indicative")].filter(Boolean);
  byId("notes").textContent = notes.join(" · ");
  choice("modes", "mode", store);
  choice("tabs", "tab", store);
  choice("languages", "lang", store);
  themes(store, snapshot.factors);
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
