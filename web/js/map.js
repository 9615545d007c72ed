// @ts-check
/** The map: shows the state, and says what was picked on it. */

import { addImages } from "./images.js";
import { ask } from "./api.js";
import { classOf, quietOf } from "./outlook.js";
import { buildStyle, DISTRICT_LABELS, themed } from "./style.js";
import { followCounted } from "./counted.js";
import { followPoints } from "./points.js";
import { t, trouble } from "./words.js";

/** @typedef {import("./state.js").State} State */
/** @typedef {{kind: "area", id: string} | {kind: "cell", id: string} | {kind: "point", layer: string, properties: Record<string, any>}} Pick */

/** @typedef {[number, number, number, number]} Box  west, south, east, north in degrees */

/** Whether the browser can draw the map at all. */
export function canDraw() {
  return document.createElement("canvas").getContext("webgl2") !== null;
}

/** What the panel leaves free of the map. */
function besidePanel() {
  const wide = window.innerWidth > 760;
  const padding = wide ? { top: 40, bottom: 50, left: 60, right: 420 } : { top: 40, bottom: window.innerHeight * 0.5, left: 20, right: 20 };
  return { padding, maxZoom: 12 };
}

/** @param {any} map @returns {[number, number, number]} */
function viewOf(map) {
  const { lng, lat } = map.getCenter();
  return [map.getZoom(), lat, lng];
}

/** @param {number[] | null} a @param {number[] | null} b */
function sameView(a, b) {
  return a !== null && b !== null && Math.abs(a[0] - b[0]) < 0.006 && Math.abs(a[1] - b[1]) < 6e-5 && Math.abs(a[2] - b[2]) < 6e-5;
}

/** A forecast is made for areas; cells would feign a precision it does not have. @param {State} state */
function modeOf(state) {
  return classOf(state.theme) ? "areas" : state.mode;
}

/**
 * What lies under a point of the screen: a mark, else a cell (at the finest resolution), else an area.
 * @param {any} map
 * @param {{x: number, y: number}} at
 * @param {State} state
 * @returns {Pick | null}
 */
function under(map, at, state) {
  const reach = [[at.x - 5, at.y - 5], [at.x + 5, at.y + 5]];
  const marks = state.layers.flatMap((id) => [id, `${id}-counted`]);
  const [point] = marks.length ? map.queryRenderedFeatures(reach, { layers: marks }) : [];
  if (point?.properties.count) return { kind: "area", id: point.properties.kode };
  if (point) return { kind: "point", layer: point.layer.id, properties: point.properties };
  if (modeOf(state) === "cells") {
    const [cell] = map.queryRenderedFeatures([at.x, at.y], { layers: ["cells", "cells-hatch"] });
    // Only the finest cells have their village's code; coarser ones are no place of their own.
    if (cell?.properties.kode) return { kind: "cell", id: cell.properties.cell };
  }
  const [area] = map.queryRenderedFeatures([at.x, at.y], { layers: ["areas-hit"] });
  return area ? { kind: "area", id: area.properties.kode } : null;
}

/** @type {Map<string, Promise<string[][]>>} */
const rankings = new Map();

/**
 * The quiet districts of a class by fifth of their ranking, the lowest first.
 * @param {string} kind
 */
async function fifthsOf(kind) {
  const found = await ask("/api/forecast", { class: kind, quiet: "true", limit: 10000 });
  const fifths = [[], [], [], [], []].map(() => /** @type {string[]} */ ([]));
  const most = new Map(); // by province: a rank is among the quiet places of its own
  for (const item of found.items) most.set(item.kode.slice(0, 2), Math.max(most.get(item.kode.slice(0, 2)) ?? 0, item.quiet_rank));
  for (const item of found.items) fifths[4 - Math.min(4, Math.floor((5 * (item.quiet_rank - 1)) / most.get(item.kode.slice(0, 2))))].push(item.kode);
  return fifths;
}

/**
 * @param {any} map
 * @param {State} state
 * @param {string[][]} [fifths]
 */
function paint(map, state, fifths) {
  for (const [id, filter, ink] of themed(state.theme, fifths)) {
    map.setFilter(id, filter);
    if (ink) map.setPaintProperty(id, "fill-color", ink);
  }
}

/**
 * @param {any} map
 * @param {import("./state.js").Store} store
 * @param {(text: string) => void} onTrouble
 */
function show(map, store, onTrouble) {
  const { state } = store;
  const mode = modeOf(state);
  for (const id of ["cells", "cells-hatch", "cells-line"]) map.setLayoutProperty(id, "visibility", mode === "cells" ? "visible" : "none");
  for (const id of ["areas-under", "areas", "areas-hatch"]) map.setLayoutProperty(id, "visibility", mode === "areas" ? "visible" : "none");
  paint(map, state);
  const quiet = quietOf(state.theme);
  if (quiet) {
    if (!rankings.has(quiet)) rankings.set(quiet, fifthsOf(quiet));
    /** @type {Promise<string[][]>} */ (rankings.get(quiet)).then((fifths) => {
      if (store.state.theme === state.theme) paint(map, state, fifths);
    }).catch((error) => onTrouble(trouble(error)));
  }
  // The unit of a forecast is the district, however near one looks.
  const near = classOf(state.theme) !== null;
  for (const id of ["label-4", "border-4"]) map.setLayoutProperty(id, "visibility", near ? "none" : "visible");
  map.setLayerZoomRange("label-3", DISTRICT_LABELS[0], near ? 24 : DISTRICT_LABELS[1]);
  for (const suffix of ["-case", ""]) {
    map.setFilter(`marked-area${suffix}`, ["==", ["get", "kode"], state.cell ? "" : (state.area ?? "")]);
    map.setFilter(`marked-cell${suffix}`, ["==", ["get", "cell"], state.cell ?? ""]);
  }
}

/**
 * @param {import("./state.js").Store} store
 * @param {{bounds: Box}} snapshot
 * @param {Box | null} place  the open place, looked at first unless the address has a view
 * @param {(pick: Pick) => void} onPick
 * @param {(at: {lng: number, lat: number}) => boolean} taken  whether somebody wants the point itself, not what lies under it
 * @param {(text: string) => void} onTrouble
 */
export async function openMap(store, snapshot, place, onPick, taken, onTrouble) {
  const gl = await import("../vendor/maplibre-gl/maplibre-gl.mjs");
  gl.setWorkerUrl(new URL("../vendor/maplibre-gl/maplibre-gl-worker.mjs", import.meta.url).href);
  const [west, south, east, north] = snapshot.bounds;
  const view = store.state.view;
  const whole = { bounds: snapshot.bounds, fitBoundsOptions: { padding: { top: 24, bottom: 48, left: 24, right: 24 } } };
  const there = { bounds: place, fitBoundsOptions: besidePanel() };
  const start = view ? { zoom: view[0], center: [view[2], view[1]] } : place ? there : whole;
  /** @type {any} */
  const map = new gl.Map({
    container: "map",
    style: buildStyle(store.state.theme),
    ...start,
    minZoom: 4, // the first zoom there are tiles for
    maxZoom: 16,
    maxBounds: [[west - 14, south - 10], [east + 14, north + 10]],
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
    fadeDuration: 0,
    attributionControl: false,
    transformRequest: (/** @type {string} */ url) => ({ url: new URL(url, location.href).href }),
    locale: Object.fromEntries(
      [["Map.Title", "map.title"], ["NavigationControl.ZoomIn", "map.zoom_in"], ["NavigationControl.ZoomOut", "map.zoom_out"],
        ["FullscreenControl.Enter", "map.full"], ["FullscreenControl.Exit", "map.full_end"]].map(([name, key]) => [name, t(key)]),
    ),
  });
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();
  map.addControl(new gl.NavigationControl({ showCompass: false }), "top-left");
  map.addControl(new gl.FullscreenControl({ container: document.body }), "top-left");
  map.addControl(new gl.ScaleControl({ maxWidth: 140 }), "bottom-left");
  map.on("error", (/** @type {any} */ event) => onTrouble(t("map.trouble", { detail: String(event.error?.message ?? event.error) })));
  // Not "load": that waits for every tile, and the page works while they come.
  await new Promise((resolve) => map.once("style.load", resolve));
  addImages(map);
  show(map, store, onTrouble);
  followPoints(map, store, onTrouble);
  followCounted(map, store, (error) => onTrouble(trouble(error)));
  map.on("moveend", () => {
    const now = viewOf(map);
    if (!sameView(store.state.view, now)) store.set({ view: now });
  });
  store.follow((state, changed) => {
    if (["mode", "theme", "area", "cell"].some((name) => changed.has(name))) show(map, store, onTrouble);
    if (changed.has("view") && state.view && !sameView(state.view, viewOf(map))) map.jumpTo({ zoom: state.view[0], center: [state.view[2], state.view[1]] });
    if (changed.has("tab")) map.resize();
  });
  map.on("click", (/** @type {any} */ event) => {
    if (taken(event.lngLat)) return;
    const pick = under(map, event.point, store.state);
    if (pick) onPick(pick);
  });
  map.on("mousemove", (/** @type {any} */ event) => {
    map.getCanvas().style.cursor = under(map, event.point, store.state) ? "pointer" : "";
  });
  map.getCanvas().addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== "Enter" || taken(map.getCenter())) return;
    const pick = under(map, map.project(map.getCenter()), store.state);
    if (pick) onPick(pick);
  });
  return map;
}

/**
 * Moves the map so that a box is in sight, beside the panel.
 * @param {any} map
 * @param {Box} box
 */
export function lookAt(map, box) {
  map.fitBounds(box, { ...besidePanel(), duration: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 500 });
}
