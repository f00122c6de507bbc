// What LINE's size words mean in pixels, and the few values that become CSS.

const FONT = { xxs: 11, xs: 13, sm: 14, md: 16, lg: 19, xl: 22, xxl: 29, "3xl": 35, "4xl": 48, "5xl": 74 };
const GAP = { none: 0, xs: 2, sm: 4, md: 8, lg: 12, xl: 16, xxl: 20 };
const BORDER = { none: 0, light: 0.5, normal: 1, medium: 2, "semi-bold": 3, bold: 4 };
const IMAGE = { xxs: 40, xs: 60, sm: 80, md: 100, lg: 120, xl: 140, xxl: 160, "3xl": 180, "4xl": 200, "5xl": 220 };
const PLACE = { start: "flex-start", end: "flex-end", center: "center", top: "flex-start", bottom: "flex-end" };

export const fontSize = (value = "md") => length(value, FONT);
export const gap = (value) => length(value, GAP);
export const borderWidth = (value) => length(value, BORDER);
export const imageWidth = (value = "md") => (value === "full" ? "100%" : length(value, IMAGE));

export function place(value) {
  return PLACE[value] ?? value;
}

export function color(value) {
  return /^#[0-9a-f]{3,8}$/i.test(value ?? "") ? value : undefined;
}

export function ratio(value = "1:1") {
  const [width, height] = value.split(":").map(Number);
  return width > 0 && height > 0 ? `${width} / ${height}` : "1 / 1";
}

export function gradient(background) {
  if (background?.type !== "linearGradient") return undefined;
  const middle = background.centerColor ? `, ${background.centerColor} ${background.centerPosition ?? "50%"}` : "";
  return `linear-gradient(${background.angle}, ${background.startColor}${middle}, ${background.endColor})`;
}

function length(value, words) {
  if (value === undefined || value === null) return undefined;
  if (value in words) return `${words[value]}px`;
  return /^\d+(\.\d+)?(px|%)$/.test(value) ? value : undefined;
}
