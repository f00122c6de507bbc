// The rich menu drawer under the chat, and the quick replies above the keyboard.

import { el, button, icon } from "./dom.js";

export class RichMenu {
  constructor(section, press) {
    Object.assign(this, { section, press, open: true, drawn: "" });
  }

  /** Redraws only when the menu is another one: a tap must not close what the person opened. */
  show(menu) {
    const key = JSON.stringify(menu ?? null);
    if (key === this.drawn) return;
    this.drawn = key;
    this.section.hidden = !menu;
    if (menu) this.section.replaceChildren(this.bar(menu), picture(menu, this.press));
    this.toggle(this.open);
  }

  bar(menu) {
    this.handle = button({ class: "menu-bar", "aria-controls": "menu-picture", onclick: () => this.toggle(!this.open) },
      icon("i-menu"), el("span", { text: menu.chatBarText || "メニュー" }), icon("i-up", "icon chevron"));
    return this.handle;
  }

  toggle(open) {
    this.open = open;
    this.section.classList.toggle("open", open);
    this.handle?.setAttribute("aria-expanded", String(open));
    const drawer = this.section.querySelector(".menu-picture");
    if (drawer) drawer.inert = !open;
  }
}

function picture(menu, press) {
  const { width, height } = menu.size;
  const percent = (part, whole) => `${(100 * part) / whole}%`;
  const areas = menu.areas.map((area) => button({
    class: "menu-area", "aria-label": area.label || "メニューの項目", onclick: (event) => press(area, event),
    style: {
      left: percent(area.bounds.x, width), top: percent(area.bounds.y, height),
      width: percent(area.bounds.width, width), height: percent(area.bounds.height, height),
    },
  }));
  const board = el("div", { class: "menu-board" }, el("img", { src: menu.image, alt: "" }), areas);
  board.style.aspectRatio = `${width} / ${height}`;
  return el("div", { class: "menu-picture", id: "menu-picture" }, el("div", { class: "menu-clip" }, board));
}

export class QuickReplies {
  constructor(row, press) {
    Object.assign(this, { row, press, drawn: "" });
  }

  show(items) {
    const key = JSON.stringify(items ?? []);
    if (key === this.drawn) return;
    this.drawn = key;
    this.row.hidden = !items?.length;
    this.row.replaceChildren(...(items ?? []).map((item) => button({ class: "chip", onclick: (event) => this.press(item, event) },
      item.image && el("img", { src: item.image, alt: "" }), el("span", { text: item.label }))));
    this.row.scrollLeft = 0;
  }
}
