// The demo's clock: it ticks, and can be moved forward so that reminders are seen arriving.

import { el, button } from "./dom.js";
import { sim } from "./sim.js";
import { day, fieldValue, fromField, minute } from "./when.js";

const HOUR = 3600_000;
const STEPS = [["＋1時間", HOUR], ["＋1日", 24 * HOUR], ["＋1週間", 7 * 24 * HOUR], ["＋30日", 30 * 24 * HOUR]];

export class Clock {
  /** `on` = { error(error), moved() }. */
  constructor(section, on) {
    Object.assign(this, { section, on, ahead: null, moving: false });
    this.draw();
    this.load();
    setInterval(() => this.tick(), 1000);
    setInterval(() => this.moving || document.hidden || this.load(), 15_000);
  }

  draw() {
    this.date = el("span", { class: "clock-date", text: "　" });
    this.time = el("span", { class: "clock-time", text: "--:--" });
    this.field = el("input", { type: "datetime-local", required: true, "aria-label": "進める先の日時" });
    this.state = el("p", { class: "clock-state", role: "status" });
    this.steps = STEPS.map(([words, span]) => button({ class: "step", text: words, onclick: () => this.moveTo(new Date(this.now().getTime() + span)) }));
    this.go = el("button", { type: "submit", class: "step strong", text: "進める" });
    const form = el("form", { class: "clock-form" }, this.field, this.go);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.moveTo(fromField(this.field.value));
    });
    this.section.replaceChildren(
      el("div", { class: "clock-face" }, this.date, this.time),
      el("div", { class: "clock-steps", role: "group", "aria-label": "時計を進める" }, this.steps), form, this.state);
  }

  now() {
    return new Date(Date.now() + this.ahead);
  }

  async load() {
    try {
      const { now, movable } = await sim.clock();
      this.ahead = new Date(now).getTime() - Date.now();
      this.section.classList.toggle("fixed", movable === false);
      this.tick();
    } catch (error) {
      if (this.ahead === null) this.on.error(error);
    }
  }

  tick() {
    if (this.ahead === null) return;
    this.date.textContent = day(this.now());
    this.time.textContent = minute(this.now());
    this.field.min = fieldValue(this.now());
    if (document.activeElement !== this.field && (!this.field.value || this.field.value < this.field.min)) this.field.value = this.field.min;
  }

  async moveTo(to) {
    if (this.moving || this.ahead === null) return;
    this.busy(true);
    const watch = setInterval(() => this.load(), 700);
    try {
      await sim.moveClock(to.toISOString());
      this.state.textContent = `${day(to)} ${minute(to)} まで進めました。`;
    } catch (error) {
      this.state.textContent = "時計を進められませんでした。";
      this.on.error(error);
    }
    clearInterval(watch);
    await this.load();
    this.busy(false);
    this.on.moved();
  }

  busy(moving) {
    this.moving = moving;
    this.section.classList.toggle("moving", moving);
    for (const each of [...this.steps, this.go, this.field]) each.disabled = moving;
    if (moving) this.state.textContent = "時計を進めています。その間の予定を順に動かしています…";
  }
}
