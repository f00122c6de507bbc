// On a narrow screen the chat list and the tools slide in from the sides; on a wide one they stand there.

import { byId, icon } from "./dom.js";

const NARROW = matchMedia("(max-width: 899px)");

export class Drawers {
  constructor() {
    this.room = byId("room");
    this.shade = byId("shade");
    for (const [id, name] of [["people-open", "i-list"], ["panel-open", "i-tools"], ["people-close", "i-close"], ["panel-close", "i-close"]]) byId(id).append(icon(name));
    byId("people-open").addEventListener("click", () => this.show("people"));
    byId("panel-open").addEventListener("click", () => this.show("panel"));
    for (const id of ["people-close", "panel-close", "shade"]) byId(id).addEventListener("click", () => this.close());
    addEventListener("keydown", (event) => event.key === "Escape" && this.close());
    NARROW.addEventListener("change", () => this.close());
    this.close();
  }

  show(name) {
    if (!NARROW.matches) return;
    this.set(name);
    byId(name).focus({ preventScroll: true });
  }

  showPanel() {
    this.show("panel");
  }

  close() {
    const open = this.room.dataset.drawer;
    this.set("");
    if (open) byId(`${open}-open`).focus({ preventScroll: true });
  }

  set(name) {
    this.room.dataset.drawer = name;
    this.shade.hidden = !name;
    for (const each of ["people", "panel"]) byId(each).inert = NARROW.matches && each !== name;
    byId("phone").inert = NARROW.matches && Boolean(name);
  }
}
