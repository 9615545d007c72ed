// @ts-check
/** The page from top to bottom: address, words, snapshot, then its parts. */

import { ask } from "./api.js";
import { byId, el } from "./dom.js";
import { drawLegend } from "./legend.js";
import { canDraw, lookAt, openMap } from "./map.js";
import { publishColours } from "./palette.js";
import { classOf } from "./outlook.js";
import { showPlace, showPoint } from "./panel.js";
import { startScenario } from "./scenario.js";
import { startSearch } from "./search.js";
import { drawCrumbs, startSide } from "./side.js";
import { Store } from "./state.js";
import { followTable } from "./table.js";
import { fillPage, loadWords, t, trouble } from "./words.js";

let toastTimer = 0;

/** @param {string} text */
function toast(text) {
  const node = byId("toast");
  node.textContent = text;
  node.classList.add("shown");
  clearTimeout(toastTimer);
  toastTimer = window.setTimeout(() => node.classList.remove("shown"), 6000);
}

/** @param {...(Node | string)} content */
function alarm(...content) {
  byId("alert").replaceChildren(...content);
  byId("alert").hidden = false;
}

/** @param {string | null} kode  null where no one area is open */
function printsAt(kode) {
  byId("print").hidden = kode === null;
  byId("print").setAttribute("href", `/prints/${kode}.pdf?lang=${document.documentElement.lang}`);
}

async function start() {
  const store = new Store();
  const { lang } = store.state;
  publishColours();
  await loadWords(lang);
  fillPage();
  const [snapshot, roots] = await Promise.all([ask("/api/snapshots/current", { lang }), ask("/api/areas", { level: 1, limit: 1 })]);
  const root = roots.total === 1 ? roots.items[0] : null;
  /** @type {any} */
  let map = null;
  /** @type {import("./map.js").Box | null} */
  let here = null;
  let turn = 0;
  const panel = byId("panel");
  if (!canDraw() && store.state.tab === "map") store.set({ tab: "table" });
  startSide(store, snapshot);

  /** @type {import("./panel.js").Actions} */
  const actions = {
    open: (kode) => goTo({ area: kode, cell: null }, true),
    openCell: (cell) => goTo({ cell }, true),
    close: () => {
      goTo({ area: null, cell: null }, false);
      (map ? map.getCanvas() : byId("search")).focus();
    },
    lookAt: (box) => {
      store.set({ tab: "map" });
      if (map) lookAt(map, box);
    },
  };

  const scene = startScenario(snapshot, actions, toast);

  /** Asks for the open place and shows it. @param {boolean} move  whether the map goes there */
  async function refresh(move) {
    const mine = ++turn;
    const { area, cell } = store.state;
    if (!area && !cell) {
      panel.hidden = true;
      document.body.classList.remove("with-panel");
      drawCrumbs(root ? [root] : [], actions.open);
      printsAt(root?.kode ?? null);
      return;
    }
    try {
      const place = await ask(cell ? `/api/cells/${cell}` : `/api/areas/${area}`, { lang });
      if (mine !== turn) return;
      if (place.snapshot !== snapshot.id) {
        alarm(t("newer"), " ", el("button", { type: "button", class: "button", on: { click: () => location.reload() } }, t("newer.reload")));
      }
      document.body.classList.add("with-panel");
      drawCrumbs(place.path, actions.open);
      printsAt(place.kode);
      here = place.bbox;
      if (move && map && place.bbox) lookAt(map, place.bbox);
      await showPlace(panel, place, actions, classOf(store.state.theme), () => mine === turn);
    } catch (error) {
      toast(trouble(error));
    }
  }

  let moving = false;
    /** @param {Partial<import("./state.js").State>} patch @param {boolean} move */
  function goTo(patch, move) {
    const before = turn;
    moving = move;
    store.set(patch);
    moving = false;
    // The same place again: a point's panel may stand over it, or the map may have gone elsewhere.
    if (turn === before) void refresh(move);
  }

  const legend = () => drawLegend(byId("legend"), snapshot, store.state);
  legend();
  store.follow((state, changed) => {
    if (["area", "cell", "theme"].some((name) => changed.has(name))) void refresh(moving);
    if (changed.has("theme")) legend();
    if (changed.has("tab")) document.body.dataset.tab = state.tab;
    // The server's words were asked for in one language: another starts the page again, at the same address.
    if (changed.has("lang")) location.reload();
  });
  document.body.dataset.tab = store.state.tab;
  startSearch(actions.open, toast);
  followTable(byId("table"), store, actions.open, toast);
  byId("share").addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(location.href);
      toast(t("share.done"));
    } catch {
      // Without HTTPS the browser gives no clipboard: the address to copy by hand.
      toast(t("share.by_hand", { address: location.href }));
    }
  });

  await refresh(false);
  if (canDraw()) {
    map = await openMap(store, snapshot, here, (pick) => {
      if (pick.kind === "area") goTo({ area: pick.id, cell: null }, false);
      else if (pick.kind === "cell") goTo({ cell: pick.id }, false);
      else {
        document.body.classList.add("with-panel");
        showPoint(panel, pick.layer, pick.properties, actions, pick.layer === "sites" ? scene.siteButtons(pick.properties) : null);
      }
    }, scene.take, toast);
    scene.mapReady(map);
    if (!map.loaded()) await new Promise((resolve) => map.once("load", resolve));
  } else {
    document.body.classList.add("no-map");
    alarm(t("no_webgl"), " ", el("a", { href: "/wilayah/" }, t("no_webgl.link")));
  }
  document.body.dataset.ready = "true";
}

start().catch((error) => {
  alarm(`petarawan: ${error.message}`, " ", el("a", { href: "/wilayah/" }, "/wilayah/"));
});
