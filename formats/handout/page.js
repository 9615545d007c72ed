"use strict";
/* The hand-out: what is shown when a place is chosen, searched or named. All text goes in as text, never as markup. */
var handout = (function () {
  var CHOSEN = { color: "#0b3d91", weight: 3.5 };
  var layers = {}, bases = {}, data, words, areas, map, groups, level, chosen = null, names;

  function each(feature, layer) { layers[feature.id] = layer; }

  /** A regency is what one expects of a bold name: only cities keep their kind. */
  function short(name) { return name.replace(/^Kabupaten /, ""); }

  function say(key, params) {
    return words[key].replace(/\{(\w+)\}/g, function (_, name) { return params[name]; });
  }

  function number(value, decimals) {
    return value.toLocaleString(document.documentElement.lang, { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
  }

  function tenths(value) { return number(value / 10, 1); }

  /** An element with a class and children; a text becomes a text node. */
  function el(tag, className, children) {
    var node = document.createElement(tag);
    if (className) node.className = className;
    [].concat(children === undefined ? [] : children).forEach(function (child) { if (child) node.append(child); });
    return node;
  }

  function badge(id) {
    var n = areas.class[id];
    return el("span", "badge class-" + n, (n ? n + " " : "") + words["class." + n]);
  }

  function button(text, action, className) {
    var node = el("button", className, text);
    node.type = "button";
    node.addEventListener("click", action);
    return node;
  }

  function factors(id) {
    var points = areas.points[id], known = areas.known[id];
    var most = Math.max.apply(null, (points || []).concat(1));
    var order = data.factors.map(function (_, k) { return k; });
    order.sort(function (a, b) { return known[b] - known[a] || (points ? points[b] - points[a] : 0) || a - b; });
    var rows = order.map(function (k) {
      var bar = el("div", "bar");
      if (points && known[k] === "1") bar.style.width = (100 * points[k]) / most + "%";
      var value = known[k] === "0" ? words.unknown : points ? tenths(points[k]) : words.known;
      var name = el("th", "", [data.factors[k], bar]);
      name.scope = "row";
      return el("tr", known[k] === "0" ? "unknown" : "", [name, el("td", "", value)]);
    });
    var foot = points ? el("tfoot", "", el("tr", "", [el("th", "", words.sum), el("td", "total", tenths(areas.score[id]))])) : null;
    return el("table", "factors", [el("caption", "", points ? words.factors : words.factors_none), el("tbody", "", rows), foot]);
  }

  function counts(id) {
    var rows = [];
    ["incidents", "tps", "voters", "sites", "people", "area_km2"].forEach(function (name) {
      var value = areas[name][id];
      if (value === null) return;
      var text = number(value, Number.isInteger(value) ? 0 : 1) + (name === "area_km2" ? " km²" : "");
      rows.push(el("div", "", [el("dt", "", words[name]), el("dd", "", text)]));
    });
    return [el("h3", "", words.counts), el("dl", "counts", rows)];
  }

  function describe(id) {
    var score = areas.score[id];
    var figure = score === null ? el("p", "quiet", words.unmonitored)
      : el("p", "figure", [el("strong", "", tenths(score)), " " + words.of_100]);
    var facts = [say("coverage", { percent: areas.coverage[id] })];
    if (areas.rank[id] !== null) facts.unshift(say("rank", { rank: number(areas.rank[id], 0), of: number(data.ranked[areas.level[id]], 0) }));
    return [
      el("div", "head", [el("h2", "", areas.name[id]), button(words.close, close, "close")]),
      el("p", "quiet", words["level." + areas.level[id]] + " · " + say("code", { kode: areas.kode[id] })),
      areas.within[id] ? el("p", "quiet", areas.within[id]) : null,
      el("div", "score", [badge(id), figure]),
      el("p", "quiet", facts[0]),
      facts[1] ? el("p", "quiet", facts[1]) : null,
      factors(id),
    ].concat(counts(id)).filter(Boolean);
  }

  function mark(id, style) { if (id !== null && layers[id]) layers[id].setStyle(style); }

  function close() {
    mark(chosen, bases[chosen]);
    chosen = null;
    document.getElementById("detail").hidden = true;
    document.getElementById("highest").hidden = false;
  }

  function choose(id, fly) {
    show(areas.level[id]);
    mark(chosen, bases[chosen]);
    chosen = id;
    mark(id, CHOSEN);
    layers[id].bringToFront();
    var panel = document.getElementById("detail");
    panel.replaceChildren.apply(panel, describe(id));
    panel.hidden = false;
    panel.scrollTop = 0;
    document.getElementById("highest").hidden = true;
    document.querySelector(".side").scrollTop = 0;
    look(id, fly, covered(panel));
  }

  /** Pixels of the map under the panel, where it is a sheet over the foot of a phone's screen. */
  function covered(panel) {
    if (getComputedStyle(panel).position !== "fixed") return 0;
    window.scrollTo(0, 0);
    return Math.max(0, map.getContainer().getBoundingClientRect().bottom - panel.getBoundingClientRect().top);
  }

  /** Bring a place into view: zoomed to it, or only moved out from under the panel. */
  function look(id, fly, under) {
    var bounds = layers[id].getBounds(), space = under ? 16 : 50;
    if (!bounds.isValid()) return;
    if (fly) map.fitBounds(bounds, { maxZoom: 10.5, paddingTopLeft: [space, space], paddingBottomRight: [space, under + space] });
    else if (under) map.panInside([areas.label_lat[id], areas.label_lon[id]], { paddingTopLeft: [60, 60], paddingBottomRight: [60, under + 40] });
  }

  /** The level on the map; Leaflet's own switch follows. */
  function show(wanted) {
    if (wanted === level || !groups[wanted]) return;
    Object.keys(groups).forEach(function (n) { if (+n !== wanted) map.removeLayer(groups[n]); });
    map.addLayer(groups[wanted]);
  }

  function onLevel(wanted) {
    level = wanted;
    if (chosen !== null && areas.level[chosen] !== level) close();
    document.querySelectorAll(".legend [data-level]").forEach(function (table) { table.hidden = +table.dataset.level !== level; });
    highest();
    label();
  }

  function ofLevel(wanted) {
    return areas.kode.map(function (_, id) { return id; }).filter(function (id) { return areas.level[id] === wanted; });
  }

  function highest() {
    var ids = ofLevel(level).filter(function (id) { return areas.rank[id] !== null; });
    ids.sort(function (a, b) { return areas.rank[a] - areas.rank[b]; });
    var items = ids.slice(0, 10).map(function (id) {
      return el("li", "", [
        el("div", "", [button(areas.name[id], function () { choose(id, true); }, "link"), el("span", "quiet", level > 2 ? areas.within[id].split(", ")[0] : "")]),
        el("span", "chip class-" + areas.class[id], tenths(areas.score[id])),
      ]);
    });
    var list = items.length ? el("ol", "", items) : el("p", "quiet", words.none);
    document.getElementById("highest").replaceChildren(el("h2", "", say("highest", { level: words["level." + level] })), list);
  }

  /** Names that fit: those of the regencies while they are the larger frame, then of the areas whose width on the screen holds them. */
  function label() {
    names.clearLayers();
    var taken = [], zoom = map.getZoom(), view = map.getBounds().pad(0.05);
    function put(id, big) {
      var at = L.latLng(areas.label_lat[id], areas.label_lon[id]), text = short(areas.name[id]);
      if (!view.contains(at)) return;
      var point = map.latLngToContainerPoint(at), half = (text.length * (big ? 7.6 : 6) + 8) / 2;
      var box = [point.x - half, point.y - 9, point.x + half, point.y + 9];
      if (!big) {
        var edge = layers[id].getBounds();
        if (!edge.isValid() || map.latLngToContainerPoint(edge.getSouthEast()).x - map.latLngToContainerPoint(edge.getNorthWest()).x < 1.6 * half) return;
      }
      if (taken.some(function (other) { return box[0] < other[2] && box[2] > other[0] && box[1] < other[3] && box[3] > other[1]; })) return;
      taken.push(box);
      names.addLayer(L.tooltip({ permanent: true, direction: "center", interactive: false, pane: "names", className: big ? "name big" : "name" })
        .setLatLng(at).setContent(el("span", "", text)));
    }
    function byArea(a, b) { return areas.area_km2[b] - areas.area_km2[a] || a - b; }
    if (level === 2 || zoom < 9) ofLevel(2).sort(byArea).forEach(function (id) { put(id, true); });
    if (level !== 2 && (level < 4 || zoom >= 8)) ofLevel(level).sort(byArea).forEach(function (id) { put(id, false); });
  }

  /** Thin lines while the map is far away: in a town they would cover the colours. */
  function thin() { map.getContainer().classList.toggle("far", map.getZoom() < 8.5); }

  function find(text) {
    var wanted = text.trim().toLowerCase(), found = [];
    if (!wanted) return;
    var all = areas.kode.map(function (_, id) { return id; }).filter(function (id) { return groups[areas.level[id]]; });
    [
      function (id) { return option(id).toLowerCase() === wanted || areas.kode[id] === wanted; },
      function (id) { return areas.name[id].toLowerCase() === wanted; },
      function (id) { return areas.name[id].toLowerCase().replace(/^(kabupaten|kota) /, "") === wanted; },
      function (id) { return areas.name[id].toLowerCase().indexOf(wanted) >= 0; },
    ].some(function (fits) { found = all.filter(fits); return found.length > 0; });
    found.sort(function (a, b) { return areas.level[a] - areas.level[b] || a - b; });
    var status = document.getElementById("found");
    status.textContent = !found.length ? say("not_found", { text: text.trim() }) : found.length > 1 ? say("many", { count: number(found.length, 0) }) : "";
    if (found.length) choose(found[0], true);
  }

  function option(id) { return areas.name[id] + " (" + areas.kode[id] + ")"; }

  function start(theMap, theGroups) {
    data = JSON.parse(document.getElementById("handout-data").textContent);
    words = data.words; areas = data.areas; map = theMap; groups = theGroups;
    names = L.layerGroup().addTo(map);
    Object.keys(layers).forEach(function (key) {
      var id = +key, layer = layers[key];
      bases[id] = { color: layer.options.color, weight: layer.options.weight };
      layer.on("click", function () { choose(id, false); });
      if (window.matchMedia("(hover: hover)").matches) {
        layer.bindTooltip(function () {
          return el("div", "", [el("strong", "", areas.name[id]), el("div", "", [areas.score[id] === null ? "" : tenths(areas.score[id]) + " · ", words["class." + areas.class[id]]])]);
        }, { sticky: true, className: "tip" });
      }
    });
    document.getElementById("places").append.apply(document.getElementById("places"), areas.kode.map(function (_, id) {
      var node = document.createElement("option");
      node.value = option(id);
      return node;
    }));
    document.getElementById("search").addEventListener("submit", function (event) {
      event.preventDefault();
      find(document.getElementById("place").value);
    });
    document.getElementById("place").addEventListener("input", function (event) {
      if (/\([\d.]+\)$/.test(event.target.value)) find(event.target.value);
    });
    document.addEventListener("keydown", function (event) { if (event.key === "Escape") close(); });
    [["in", words.zoom_in], ["out", words.zoom_out]].forEach(function (pair) {
      var node = document.querySelector(".leaflet-control-zoom-" + pair[0]);
      node.title = pair[1];
      node.setAttribute("aria-label", pair[1]);
    });
    map.getContainer().setAttribute("role", "main");
    map.getContainer().setAttribute("aria-label", document.title);
    map.on("baselayerchange", function (event) {
      Object.keys(groups).forEach(function (n) { if (groups[n] === event.layer) onLevel(+n); });
    });
    var whole = L.latLngBounds([]);
    Object.keys(layers).forEach(function (key) { whole.extend(layers[key].getBounds()); });
    if (whole.isValid()) {
      map.fitBounds(whole, { animate: false, padding: [12, 12] });
      map.setMinZoom(map.getZoom() - 0.75);
    }
    map.on("moveend", label);
    map.on("zoomend", thin);
    thin();
    Object.keys(groups).forEach(function (n) { if (map.hasLayer(groups[n])) onLevel(+n); });
    document.body.dataset.ready = "true";
  }

  return { each: each, start: start };
})();
