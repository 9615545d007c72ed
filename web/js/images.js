// @ts-check
/** The pictures the map draws with, painted here: the hatch of "not monitored" and the marks of points, told apart by shape. */

import { CLASS_COLOURS, HATCH_COLOUR } from "./palette.js";

const RATIO = 2;

/**
 * @param {number} size  in CSS pixels
 * @param {(pen: CanvasRenderingContext2D) => void} draw
 */
function paint(size, draw) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = size * RATIO;
  const pen = canvas.getContext("2d");
  if (!pen) throw new Error("no 2d canvas");
  pen.scale(RATIO, RATIO);
  draw(pen);
  return pen.getImageData(0, 0, canvas.width, canvas.height);
}

/** Diagonal lines that join at the edges of the tile. */
export function hatch() {
  const size = 8;
  return paint(size, (pen) => {
    pen.fillStyle = CLASS_COLOURS[0];
    pen.fillRect(0, 0, size, size);
    pen.strokeStyle = HATCH_COLOUR;
    pen.lineWidth = 1.1;
    pen.beginPath();
    for (const shift of [-size, 0, size]) {
      pen.moveTo(shift - 1, size + 1);
      pen.lineTo(shift + size + 1, -1);
    }
    pen.stroke();
  });
}

/** @type {Record<string, [string, (pen: CanvasRenderingContext2D) => void]>} */
const MARKS = {
  incidents: ["#5b1a8b", (pen) => pen.arc(9, 9, 5.5, 0, 2 * Math.PI)],
  tps: ["#0b5cad", (pen) => pen.rect(4.5, 4.5, 9, 9)],
  sites: ["#14694a", (pen) => { pen.moveTo(9, 2.5); pen.lineTo(16, 14.5); pen.lineTo(2, 14.5); pen.closePath(); }],
};

/** @param {string} id  a layer of points */
export function mark(id) {
  const [ink, shape] = MARKS[id];
  return paint(18, (pen) => {
    pen.beginPath();
    shape(pen);
    pen.fillStyle = ink;
    pen.fill();
    pen.lineWidth = 1.6;
    pen.strokeStyle = "#ffffff";
    pen.stroke();
  });
}

/** @param {any} map */
export function addImages(map) {
  map.addImage("hatch", hatch(), { pixelRatio: RATIO });
  for (const id of Object.keys(MARKS)) map.addImage(id, mark(id), { pixelRatio: RATIO });
}

/**
 * The mark as a picture beside its name.
 * @param {string} id
 */
export function markCanvas(id) {
  const picture = mark(id);
  const canvas = document.createElement("canvas");
  canvas.width = picture.width;
  canvas.height = picture.height;
  canvas.className = "mark";
  canvas.setAttribute("aria-hidden", "true");
  canvas.getContext("2d")?.putImageData(picture, 0, 0);
  return canvas;
}
