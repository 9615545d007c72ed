// @ts-check
/** The search box: names and codes of areas, a combobox worked by keyboard alone. */

import { ask } from "./api.js";
import { byId, el, settled } from "./dom.js";
import { t, trouble } from "./words.js";

/**
 * @param {(kode: string) => void} onChoose
 * @param {(text: string) => void} onTrouble
 */
export function startSearch(onChoose, onTrouble) {
  const input = /** @type {HTMLInputElement} */ (byId("search"));
  const list = byId("found");
  /** @type {any[]} */
  let items = [];
  let active = -1;
  let running = new AbortController();

  /** @param {number} index */
  function mark(index) {
    active = index;
    [...list.children].forEach((option, i) => option.setAttribute("aria-selected", String(i === active)));
    if (active >= 0) {
      input.setAttribute("aria-activedescendant", `found-${active}`);
      list.children[active].scrollIntoView({ block: "nearest" });
    } else input.removeAttribute("aria-activedescendant");
  }

  function close() {
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    mark(-1);
  }

  /** @param {number} index */
  function choose(index) {
    const item = items[index];
    if (!item) return;
    input.value = item.name;
    close();
    onChoose(item.kode);
  }

  function draw() {
    const options = items.map((item, i) => el("li", { role: "option", id: `found-${i}`, "aria-selected": "false", on: { mousedown: (/** @type {Event} */ e) => e.preventDefault(), click: () => choose(i) } },
      el("span", { class: "found-name" }, item.name),
      el("span", { class: "found-where" }, [t(`level.${item.level}`), ...item.path.slice(0, -1).map((/** @type {any} */ step) => step.name).reverse().slice(0, 2)].join(", ")),
      el("span", { class: "found-code" }, item.kode)));
    list.replaceChildren(...(options.length ? options : [el("li", { class: "nothing", role: "option", "aria-disabled": "true", "aria-selected": "false" }, t("search.nothing"))]));
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
    mark(items.length ? 0 : -1);
  }

  const look = settled(async () => {
    running.abort();
    running = new AbortController();
    const q = input.value.trim();
    if (!q) return close();
    try {
      items = (await ask("/api/areas", { q, limit: 8 }, running.signal)).items;
      draw();
    } catch (error) {
      if (!(error instanceof DOMException)) onTrouble(trouble(error));
    }
  }, 150);

  input.addEventListener("input", look);
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    const open = !list.hidden && items.length > 0;
    if (event.key === "ArrowDown" && open) mark((active + 1) % items.length);
    else if (event.key === "ArrowUp" && open) mark((active + items.length - 1) % items.length);
    else if (event.key === "Enter" && open) choose(Math.max(active, 0));
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
  });
}
