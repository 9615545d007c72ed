// @ts-check
/** The look of the map: land, cells or areas by class, borders, labels. Nothing comes from another host. */

import { classOf, quietOf, STEPS } from "./outlook.js";
import { CLASS_COLOURS, DELTA_COLOURS, STEP_COLOURS } from "./palette.js";
import { LAYERS } from "./state.js";

const FONTS = new URL("../vendor/fonts/", import.meta.url).href;
const REGULAR = ["Noto Sans Regular"];
const BOLD = ["Noto Sans Bold"];
const INK = "#1d2733";
const HATCH = "hatch";
const PLAIN = "#fbfaf7";
/** The level whose areas stand on the map, by zoom of the tile. */
const LEVEL_BY_ZOOM = ["step", ["zoom"], 2, 7, 3, 9, 4];
/** Zooms between which districts have their names, unless villages are not shown. */
export const DISTRICT_LABELS = [7.6, 9.8];
const SHOWN_LEVEL = ["==", ["get", "level"], LEVEL_BY_ZOOM];
const NAME = ["to-string", ["get", "name"]];
/** A regency is what one expects of a bold name: only cities keep their kind. */
const SHORT_NAME = ["case", ["==", ["slice", NAME, 0, 10], "Kabupaten "], ["slice", NAME, 10], NAME];

/** The attribute of an area that carries its forecast, in hundredths. @param {string} kind */
function forecastOf(kind) {
  return `f30_${kind}_x100`;
}

/** @param {string} theme */
function known(theme) {
  const kind = classOf(theme);
  if (kind) return ["has", forecastOf(kind)];
  return theme === "score" ? [">", ["get", "class"], 0] : ["has", `value_${theme}_pct`];
}

/**
 * Colour by class, or by fifths of a factor's value.
 * @param {string} theme
 */
function colour(theme) {
  const kind = classOf(theme);
  if (kind) return ["step", ["get", forecastOf(kind)], STEP_COLOURS[0], ...STEPS.flatMap((from, i) => [Math.round(100 * from), STEP_COLOURS[i + 1]])];
  const ramp = CLASS_COLOURS.slice(1);
  if (theme !== "score") return ["step", ["get", `value_${theme}_pct`], ramp[0], ...[20, 40, 60, 80].flatMap((from, i) => [from, ramp[i + 1]])];
  return ["match", ["get", "class"], ...[2, 3, 4, 5].flatMap((at) => [at, CLASS_COLOURS[at]]), ramp[0]];
}

/**
 * Colour by rank among the quiet places; where something happened lately it is plain.
 * @param {string[][]} fifths  codes by fifth of the ranking, the lowest first
 */
function quietColour(fifths) {
  const arms = fifths.flatMap((codes, i) => (codes.length ? [codes, STEP_COLOURS[i]] : []));
  return arms.length ? ["match", ["get", "kode"], ...arms, PLAIN] : PLAIN;
}

/**
 * Filters and colours of the layers that depend on the theme: [layer, filter, colour or null].
 * @param {string} theme
 * @param {string[][]} [fifths]  of the quiet places, for a theme that ranks them
 * @returns {[string, any, any][]}
 */
export function themed(theme, fifths = []) {
  const has = known(theme);
  const nowhere = ["==", ["get", "kode"], ""];
  if (classOf(theme)) {
    // Numbers end at the district. A regency lies under its districts, for where the data carry regencies only.
    const level = ["step", ["zoom"], 2, 6, 3];
    const ink = quietOf(theme) ? quietColour(fifths) : colour(theme);
    return [
      ["cells", nowhere, null],
      ["cells-hatch", nowhere, null],
      ["areas-under", ["all", ["==", ["get", "level"], 2], has], ink],
      ["areas", ["all", ["==", ["get", "level"], level], has], ink],
      ["areas-hatch", ["all", ["==", ["get", "level"], 2], ["!", has]], null],
      ["areas-hit", ["==", ["get", "level"], level], null],
    ];
  }
  return [
    ["areas-under", nowhere, null],
    ["areas-hit", SHOWN_LEVEL, null],
    ["cells", has, colour(theme)],
    ["cells-hatch", ["!", has], null],
    ["areas", ["all", SHOWN_LEVEL, has], colour(theme)],
    ["areas-hatch", ["all", SHOWN_LEVEL, ["!", has]], null],
  ];
}

/**
 * @param {string} id
 * @param {number} level
 * @param {any} width
 * @param {string} ink
 * @param {number} minzoom
 */
function border(id, level, width, ink, minzoom) {
  const layout = { "line-join": "round", "line-cap": "round" };
  const paint = { "line-color": ink, "line-width": width };
  return { id, type: "line", source: "areas", "source-layer": "borders", minzoom, filter: ["==", ["get", "level"], level], layout, paint };
}

/**
 * @param {number} level
 * @param {number} from
 * @param {number} to
 * @param {any} size
 * @param {string[]} font
 */
function label(level, from, to, size, font) {
  return {
    id: `label-${level}`, type: "symbol", source: "areas", "source-layer": "labels", minzoom: from, maxzoom: to,
    filter: ["==", ["get", "level"], level],
    layout: {
      "text-field": level === 2 ? SHORT_NAME : NAME, "text-font": font, "text-size": size, "text-max-width": 8, "text-padding": 4,
      "text-letter-spacing": level === 2 ? 0.05 : 0,
    },
    paint: { "text-color": INK, "text-halo-color": "rgba(255,255,255,0.9)", "text-halo-width": 2 },
  };
}

/**
 * @param {string} id
 * @param {string} from
 */
function marked(id, from) {
  const source = from === "cells" ? { source: "cells", "source-layer": "cells" } : { source: "areas", "source-layer": "areas" };
  const nothing = ["==", ["get", from === "cells" ? "cell" : "kode"], ""];
  return [
    { id: `${id}-case`, type: "line", ...source, filter: nothing, layout: { "line-join": "round" }, paint: { "line-color": "#ffffff", "line-width": 6 } },
    { id, type: "line", ...source, filter: nothing, layout: { "line-join": "round" }, paint: { "line-color": "#0b3d91", "line-width": 3 } },
  ];
}

/** @param {string} id */
function points(id) {
  const layout = {
    "icon-image": id, "icon-allow-overlap": true, "icon-size": ["interpolate", ["linear"], ["zoom"], 6, 0.5, 10, 0.75, 14, 1.1], visibility: "none",
  };
  return { id, type: "symbol", source: id, layout };
}

/** Under the label, one line for every layer; where there is no room the label wins. @param {string} id @param {number} place */
function counted(id, place) {
  const translate = [-9, 20 + 15 * place];
  return {
    id: `${id}-counted`, type: "symbol", source: `${id}-counted`,
    layout: {
      "icon-image": id, "icon-size": 0.8, visibility: "none",
      "text-field": ["to-string", ["get", "count"]], "text-font": BOLD, "text-size": 12, "text-anchor": "left", "text-offset": [0.7, 0],
    },
    paint: { "icon-translate": translate, "text-translate": translate, "text-color": INK, "text-halo-color": "#ffffff", "text-halo-width": 2 },
  };
}

/**
 * The colour of a difference; up is brown, down is green: not the hues of any class, and apart for the colour-blind.
 * @param {any} delta  expression
 */
function deltaColour(delta) {
  return ["step", delta, DELTA_COLOURS[0], -1, DELTA_COLOURS[1], 0, DELTA_COLOURS[2], 1, DELTA_COLOURS[3]];
}

/**
 * Filter and colour of the areas that a scenario changes.
 * @param {[string, number][]} deltas  by code
 */
export function deltasOf(deltas) {
  const kode = ["get", "kode"];
  const codes = deltas.map(([code]) => code);
  const value = deltas.length ? ["match", kode, ...deltas.flat(), 0] : 0;
  return [["all", SHOWN_LEVEL, ["in", kode, ["literal", codes]]], deltaColour(value)];
}

/** @param {string} theme */
export function buildStyle(theme) {
  const layers = [
    { id: "sea", type: "background", paint: { "background-color": "#d9e5ea" } },
    { id: "land", type: "fill", source: "land", paint: { "fill-color": "#f4f2ec" } },
    { id: "shore", type: "line", source: "land", paint: { "line-color": "#a9b9c1", "line-width": 0.8 } },
    { id: "cells", type: "fill", source: "cells", "source-layer": "cells", paint: { "fill-antialias": false } },
    { id: "cells-hatch", type: "fill", source: "cells", "source-layer": "cells", paint: { "fill-pattern": HATCH, "fill-antialias": false } },
    { id: "cells-line", type: "line", source: "cells", "source-layer": "cells", minzoom: 9.5, paint: { "line-color": "#40464d", "line-opacity": ["interpolate", ["linear"], ["zoom"], 9.5, 0.06, 12, 0.3], "line-width": 0.7 } },
    { id: "areas-under", type: "fill", source: "areas", "source-layer": "areas", paint: {} },
    { id: "areas", type: "fill", source: "areas", "source-layer": "areas", paint: {} },
    { id: "areas-hatch", type: "fill", source: "areas", "source-layer": "areas", paint: { "fill-pattern": HATCH } },
    { id: "areas-hit", type: "fill", source: "areas", "source-layer": "areas", filter: SHOWN_LEVEL, paint: { "fill-opacity": 0 } },
    { id: "whatif", type: "fill", source: "whatif", paint: { "fill-color": deltaColour(["to-number", ["get", "delta"], 0]), "fill-outline-color": "#555555" } },
    { id: "whatif-areas", type: "fill", source: "areas", "source-layer": "areas", filter: ["==", ["get", "kode"], ""], paint: {} },
    border("border-4", 4, ["interpolate", ["linear"], ["zoom"], 8, 0.4, 12, 1], "#6b737b", 8.5),
    border("border-3", 3, ["interpolate", ["linear"], ["zoom"], 6, 0.4, 12, 1.8], "#434b54", 6.5),
    border("border-2", 2, ["interpolate", ["linear"], ["zoom"], 4, 0.35, 8, 1.6, 12, 2.6], "#1d2733", 3),
    border("border-1", 1, ["interpolate", ["linear"], ["zoom"], 4, 0.8, 12, 3], "#1d2733", 3),
    ...marked("marked-area", "areas"),
    ...marked("marked-cell", "cells"),
    ...LAYERS.map(points),
    ...LAYERS.map(counted),
    { id: "whatif-points", type: "circle", source: "whatif-points", paint: { "circle-radius": 8, "circle-color": "#ffffff", "circle-stroke-color": "#9c1c1c", "circle-stroke-width": 4 } },
    label(4, 9.8, 24, ["interpolate", ["linear"], ["zoom"], 10, 11, 14, 14], REGULAR),
    label(3, DISTRICT_LABELS[0], DISTRICT_LABELS[1], ["interpolate", ["linear"], ["zoom"], 8, 11.5, 10, 13], REGULAR),
    label(2, 4.5, 8.6, ["interpolate", ["linear"], ["zoom"], 5, 11.5, 8, 14], BOLD),
  ];
  for (const [id, filter, ink] of themed(theme)) {
    const layer = /** @type {any} */ (layers.find((item) => item.id === id));
    layer.filter = filter;
    if (ink) layer.paint["fill-color"] = ink;
  }
  const none = { type: "geojson", data: { type: "FeatureCollection", features: [] } };
  return {
    version: 8,
    "font-faces": {
      "Noto Sans Regular": [{ url: `${FONTS}noto-sans-400.woff2` }],
      "Noto Sans Bold": [{ url: `${FONTS}noto-sans-600.woff2` }],
    },
    sources: {
      land: { type: "geojson", data: new URL("../vendor/land.geojson", import.meta.url).href, tolerance: 0.5, maxzoom: 10 },
      cells: { type: "vector", url: "/tiles/cells.json" },
      areas: { type: "vector", url: "/tiles/areas.json" },
      whatif: none,
      "whatif-points": none,
      ...Object.fromEntries(LAYERS.flatMap((id) => [[id, none], [`${id}-counted`, none]])),
    },
    layers,
  };
}
