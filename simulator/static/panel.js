// The tools beside the phone: the clock on top, and under it one tab each for what can be tried or looked at.

import { byId, button, el } from "./dom.js";
import { Calls } from "./calls.js";
import { Clock } from "./clock.js";
import { Posters } from "./posters.js";
import { Raw } from "./raw.js";
import { Rehearsal } from "./rehearsal.js";
import { Talks } from "./talks.js";

const TABS = [["posters", "施設のQR"], ["talks", "会話の再生"], ["rehearsal", "一年の予行"], ["raw", "中身"], ["calls", "通信"]];

export class Panel {
  /** `on` = what its parts report: see phone.js. */
  constructor(on) {
    this.tabs = new Map();
    TABS.forEach(([name, words]) => this.addTab(name, words));
    byId("tabs").addEventListener("keydown", (event) => this.walk(event));
    this.clock = new Clock(byId("clock"), on);
    this.posters = new Posters(this.pane("posters"), on);
    this.talks = new Talks(this.pane("talks"), on);
    this.rehearsal = new Rehearsal(this.pane("rehearsal"), on);
    this.raw = new Raw(this.pane("raw"), on);
    this.calls = new Calls(this.pane("calls"), on);
    setInterval(() => this.shown === "calls" && !document.hidden && this.calls.refresh(), 2000);
    this.choose("posters");
  }

  addTab(name, words) {
    const tab = button({ class: "tab", id: `tab-${name}`, role: "tab", "aria-controls": `pane-${name}`, text: words, onclick: () => this.choose(name) });
    const pane = el("section", { class: "pane", id: `pane-${name}`, role: "tabpanel", "aria-labelledby": `tab-${name}` });
    this.tabs.set(name, { tab, pane });
    byId("tabs").append(tab);
    byId("tabpanes").append(pane);
  }

  pane(name) {
    return this.tabs.get(name).pane;
  }

  choose(name) {
    this.shown = name;
    for (const [each, { tab, pane }] of this.tabs) {
      tab.setAttribute("aria-selected", String(each === name));
      tab.tabIndex = each === name ? 0 : -1;
      pane.hidden = each !== name;
    }
    if (name === "calls") this.calls.refresh();
  }

  walk(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const names = TABS.map(([name]) => name);
    const next = names[(names.indexOf(this.shown) + step + names.length) % names.length];
    this.choose(next);
    this.tabs.get(next).tab.focus();
  }
}
