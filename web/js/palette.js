// @ts-check
/** Colours of classes 0..5; the same as core/palette.py (a test compares them). */
export const CLASS_COLOURS = ["#ececec", "#ffffb2", "#fecc5c", "#fd8d3c", "#f03b20", "#bd0026"];
export const HATCH_COLOUR = "#8a8a8a";

/** Gives the style sheets the colours, as --class-0 .. --class-5 and --hatch. */
export function publishColours() {
  const root = document.documentElement.style;
  CLASS_COLOURS.forEach((colour, index) => root.setProperty(`--class-${index}`, colour));
  root.setProperty("--hatch", HATCH_COLOUR);
}
