// Draws a Flex message with DOM calls, after LINE's layout rules. `press(action)` gives the listener for its taps.

import { el, button, icon } from "./dom.js";
import { borderWidth, color, fontSize, gap, gradient, imageWidth, place, ratio } from "./measures.js";

const BLOCKS = ["header", "hero", "body", "footer"];
const DRAWERS = { box, text, button: pushButton, image, icon: smallIcon, separator, filler, video };

export function flexMessage(contents, altText, press) {
  if (contents.type !== "carousel") return bubble(contents, altText, press);
  return carousel(contents.contents, altText, press);
}

function carousel(bubbles, altText, press) {
  const strip = el("div", { class: "fx-strip", role: "list", tabindex: 0 });
  bubbles.forEach((one, i) => {
    const name = `${altText}（${bubbles.length}枚中${i + 1}枚目）`;
    strip.append(el("div", { class: "fx-slide", role: "listitem" }, bubble(one, name, press)));
  });
  const turn = (way) => strip.scrollBy({ left: way * (strip.firstChild.offsetWidth + 8), behavior: "smooth" });
  const back = button({ class: "fx-turn back", "aria-label": "前のカード", onclick: () => turn(-1) }, icon("i-left"));
  const next = button({ class: "fx-turn next", "aria-label": "次のカード", onclick: () => turn(1) }, icon("i-right"));
  const show = () => {
    back.hidden = strip.scrollLeft < 8;
    next.hidden = strip.scrollLeft + strip.clientWidth > strip.scrollWidth - 8;
  };
  strip.addEventListener("scroll", show, { passive: true });
  new ResizeObserver(show).observe(strip);
  return el("div", { class: "fx-carousel", role: "group", "aria-label": altText }, strip, back, next);
}

function bubble(one, altText, press) {
  const node = el("div", { class: `fx-bubble fx-${one.size ?? "mega"}`, role: "group", "aria-label": altText });
  if (one.direction === "rtl") node.dir = "rtl";
  BLOCKS.filter((name) => one[name]).forEach((name, i) => {
    const style = one.styles?.[name] ?? {};
    const inner = draw(one[name], press, "vertical");
    if (!inner) return;
    const block = el("div", { class: `fx-block fx-${name}` }, inner);
    block.style.backgroundColor = color(style.backgroundColor) ?? "";
    if (style.separator && i > 0) block.style.borderTop = `1px solid ${color(style.separatorColor) ?? "#d4d6da"}`;
    node.append(block);
  });
  return one.action ? tappable(node, one.action, press) : node;
}

function draw(part, press, layout) {
  const node = DRAWERS[part.type]?.(part, press, layout);
  return node ?? null;
}

function box(part, press, outer) {
  const node = shell(part, press, `fx-box fx-${part.layout}`);
  (part.contents ?? []).forEach((child, i) => {
    const drawn = draw(child, press, part.layout);
    if (!drawn) return;
    arrange(drawn, child, part, i);
    node.append(drawn);
  });
  Object.assign(node.style, {
    justifyContent: place(part.justifyContent) ?? "",
    alignItems: place(part.alignItems) ?? "",
    backgroundColor: color(part.backgroundColor) ?? "",
    backgroundImage: gradient(part.background) ?? "",
    borderRadius: gap(part.cornerRadius) ?? "",
    width: gap(part.width) ?? "", height: gap(part.height) ?? "",
    maxWidth: gap(part.maxWidth) ?? "", maxHeight: gap(part.maxHeight) ?? "",
  });
  frame(node, part);
  pad(node, part);
  if (part.width && outer !== "vertical") node.dataset.sized = "";
  return node;
}

function frame(node, part) {
  if (!part.borderWidth && !part.borderColor) return;
  node.style.border = `${borderWidth(part.borderWidth) ?? "1px"} solid ${color(part.borderColor) ?? "#d4d6da"}`;
}

function pad(node, part) {
  const all = gap(part.paddingAll);
  if (all) node.style.padding = all;
  for (const [side, key] of [["Top", "paddingTop"], ["Bottom", "paddingBottom"], ["InlineStart", "paddingStart"], ["InlineEnd", "paddingEnd"]]) {
    const value = gap(part[key]);
    if (value) node.style[`padding${side}`] = value;
  }
}

/** The part's place among its neighbours: flex ratio, margin before it, gravity, absolute position. */
function arrange(node, child, parent, i) {
  const across = parent.layout !== "vertical";
  const before = gap(child.margin ?? (i > 0 ? parent.spacing : undefined));
  const fixed = "sized" in node.dataset || ["icon", "separator"].includes(child.type);
  const share = child.flex ?? (across && !fixed ? 1 : 0);
  if (before && child.position !== "absolute") node.style[across ? "marginInlineStart" : "marginTop"] = before;
  node.style.flex = share > 0 ? `${share} ${across ? "1 0px" : "0 auto"}` : "0 0 auto";
  if (across && share === 0 && !fixed) node.style.maxWidth = "100%";
  if (child.gravity && parent.layout === "horizontal" && child.type !== "image") node.style.alignSelf = place(child.gravity);
  if (child.position === "absolute") node.classList.add("fx-absolute");
  offset(node, child);
}

function offset(node, child) {
  for (const [css, key] of [["top", "offsetTop"], ["bottom", "offsetBottom"], ["insetInlineStart", "offsetStart"], ["insetInlineEnd", "offsetEnd"]]) {
    const value = gap(child[key]);
    if (!value) continue;
    node.style[css] = value;
    if (child.position !== "absolute") node.style.position = "relative";
  }
}

function text(part, press) {
  const node = shell(part, press, "fx-text", "span");
  letter(node, part);
  node.style.fontSize = fontSize(part.size) ?? "16px";
  if (part.contents?.length) node.append(...part.contents.map(span));
  else node.textContent = part.text ?? "";
  if (part.align) node.style.textAlign = part.align;
  if (part.lineSpacing) node.style.lineHeight = `calc(1.35em + ${gap(part.lineSpacing)})`;
  if (part.wrap) node.classList.add("wrap");
  if (part.wrap && part.maxLines > 0) {
    node.classList.add("clamp");
    node.style.webkitLineClamp = String(part.maxLines);
  }
  return node;
}

function span(part) {
  const node = el("span", { text: part.text ?? "" });
  letter(node, part);
  if (part.size) node.style.fontSize = fontSize(part.size) ?? "";
  return node;
}

function letter(node, part) {
  node.style.color = color(part.color) ?? "";
  if (part.weight) node.style.fontWeight = part.weight === "bold" ? "700" : "400";
  if (part.style === "italic") node.style.fontStyle = "italic";
  if (part.decoration) node.style.textDecoration = part.decoration;
}

function pushButton(part, press) {
  const style = part.style ?? "link";
  const node = control(part.action ?? {}, press, `fx-button fx-${style} fx-${part.height ?? "md"}`);
  node.append(el("span", { text: part.action?.label ?? "" }));
  const tint = color(part.color);
  if (tint && style === "link") node.style.color = tint;
  else if (tint) node.style.backgroundColor = tint;
  return node;
}

function image(part, press) {
  const node = shell(part, press, "fx-image");
  node.style.justifyContent = place(part.align) ?? "center";
  node.style.alignItems = place(part.gravity) ?? "flex-start";
  const picture = el("img", { src: part.url, alt: part.action?.label ?? "", decoding: "async" });
  picture.style.objectFit = part.aspectMode === "cover" ? "cover" : "contain";
  const mount = el("span", { class: "fx-mount" }, picture);
  mount.style.width = imageWidth(part.size) ?? "100px";
  mount.style.aspectRatio = ratio(part.aspectRatio);
  mount.style.backgroundColor = color(part.backgroundColor) ?? "";
  picture.addEventListener("error", () => mount.replaceChildren(el("span", { class: "fx-lost", text: "画像を表示できません" })));
  node.append(mount);
  return node;
}

function smallIcon(part) {
  const node = el("img", { class: "fx-icon", src: part.url, alt: "" });
  const side = fontSize(part.size) ?? "16px";
  node.style.height = side;
  node.style.aspectRatio = ratio(part.aspectRatio);
  return node;
}

function separator(part) {
  const node = el("span", { class: "fx-separator", role: "separator" });
  node.style.backgroundColor = color(part.color) ?? "";
  return node;
}

function filler() {
  return el("span", { class: "fx-filler" });
}

function video(part, press) {
  return part.altContent ? draw(part.altContent, press, "vertical") : null;
}

function shell(part, press, kind, tag = "div") {
  if (!part.action) return el(tag, { class: kind });
  return holdsControls(part) ? tappable(el(tag, { class: kind }), part.action, press) : control(part.action, press, kind);
}

function holdsControls(part) {
  return (part.contents ?? []).some((child) => child.action || child.type === "button" || holdsControls(child));
}

/** A real button, or a real link when the action opens a page. */
export function control(action, press, kind) {
  const opens = action.type === "uri" && /^(https?|tel|line):/i.test(action.uri ?? "");
  const ready = press(action);
  if (!opens) return button({ class: `${kind} fx-tap`, onclick: ready });
  return el("a", { class: `${kind} fx-tap`, href: action.uri, target: "_blank", rel: "noopener", onclick: ready });
}

/** For a part that holds buttons of its own: a real button may not hold another. */
function tappable(node, action, press) {
  const ready = press(action);
  const inner = (event) => event.target.closest(".fx-tap") !== node;
  node.classList.add("fx-tap");
  Object.assign(node, { tabIndex: 0 });
  node.setAttribute("role", action.type === "uri" ? "link" : "button");
  node.addEventListener("click", (event) => inner(event) || open(action, ready, event));
  node.addEventListener("keydown", (event) => ["Enter", " "].includes(event.key) && !inner(event) && open(action, ready, event));
  return node;
}

function open(action, ready, event) {
  ready(event);
  if (action.type === "uri" && !event.defaultPrevented) window.open(action.uri, "_blank", "noopener");
}
