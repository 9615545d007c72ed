// @ts-check
/** Colours of classes 0..5; the same as core/palette.py (a test compares them). */
export const CLASS_COLOURS = ["#ececec", "#ffffb2", "#fecc5c", "#fd8d3c", "#f03b20", "#bd0026"];
/** The five steps of a forecast: another hue than the classes of the index, so that nobody takes one for the other. */
export const STEP_COLOURS = ["#e4dff0", "#bdb6da", "#9288c0", "#69519f", "#40196f"];
/** A scenario against the published score: down by a point or more, down, up, up by a point or more. */
export const DELTA_COLOURS = ["#01665e", "#80cdc1", "#dfc27d", "#8c510a"];
export const HATCH_COLOUR = "#8a8a8a";

/** Gives the style sheets the colours, as --class-0 .. --class-5 and --hatch. */
export function publishColours() {
  const root = document.documentElement.style;
  CLASS_COLOURS.forEach((colour, index) => root.setProperty(`--class-${index}`, colour));
  STEP_COLOURS.forEach((colour, index) => root.setProperty(`--step-${index + 1}`, colour));
  ["down_2", "down_1", "up_1", "up_2"].forEach((name, index) => root.setProperty(`--delta-${name}`, DELTA_COLOURS[index]));
  root.setProperty("--hatch", HATCH_COLOUR);
}
