// Where the person writes: the text box, the stickers, and the tray for photos and codes.

import { byId, button, el, icon } from "./dom.js";

const STICKERS = [["1", "s-thanks", "にっこり"], ["2", "s-ok", "わらう"], ["3", "s-please", "おねがい"], ["4", "s-help", "こまった"]];
const LONGEST_SIDE = 1600;

export class Composer {
  /** `on` = { say(text) → promise, sticker(id), photo(pngBase64), scan() }. */
  constructor(on) {
    this.on = on;
    this.draft = "";
    this.form = byId("composer");
    this.text = byId("text");
    this.tray = byId("tray");
    this.file = byId("file");
    this.wire();
  }

  wire() {
    byId("plus").append(icon("i-plus"));
    byId("stickers").append(icon("i-smile"));
    byId("send").append(icon("i-send"));
    byId("plus").addEventListener("click", () => this.open("plus", this.tools()));
    byId("stickers").addEventListener("click", () => this.open("stickers", this.stickers()));
    this.form.addEventListener("submit", (event) => this.send(event));
    this.text.addEventListener("input", () => this.fit());
    this.text.addEventListener("keydown", (event) => this.enter(event));
    this.file.addEventListener("change", () => this.sendFile());
    this.fit();
  }

  /** Puts words into the box, as LINE does for a scanned code; the person still presses send. */
  prefill(words) {
    this.text.value = words;
    this.fit();
    this.form.classList.add("ready");
    this.text.focus({ preventScroll: true });
  }

  /** Takes a draft from the simulator once, so that what the person deletes stays deleted. */
  takeDraft(words) {
    if (words && words !== this.draft && !this.text.value) this.prefill(words);
    this.draft = words ?? "";
  }

  clear() {
    this.text.value = "";
    this.draft = "";
    this.fit();
    this.close();
  }

  enter(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.form.requestSubmit();
  }

  async send(event) {
    event.preventDefault();
    const words = this.text.value.trim();
    if (!words) return;
    this.clear();
    const sent = await this.on.say(words);
    if (!sent && !this.text.value) this.prefill(words);
  }

  fit() {
    this.text.style.height = "auto";
    this.text.style.height = `${Math.min(this.text.scrollHeight, 112)}px`;
    byId("send").disabled = !this.text.value.trim();
    if (!this.text.value) this.form.classList.remove("ready");
  }

  open(name, content) {
    const same = !this.tray.hidden && this.tray.dataset.name === name;
    this.close();
    if (same) return;
    this.tray.replaceChildren(content);
    this.tray.dataset.name = name;
    this.tray.hidden = false;
    byId(name).setAttribute("aria-expanded", "true");
  }

  close() {
    this.tray.hidden = true;
    for (const name of ["plus", "stickers"]) byId(name).setAttribute("aria-expanded", "false");
  }

  tools() {
    const tool = (name, words, act) => button({ class: "tray-tool", onclick: () => (this.close(), act()) }, icon(name), el("span", { text: words }));
    return el("div", { class: "tray-tools" },
      tool("i-photo", "写真を送る", () => this.file.click()),
      tool("i-scan", "施設のQRを読む", () => this.on.scan()));
  }

  stickers() {
    return el("div", { class: "tray-stickers" }, STICKERS.map(([id, art, words]) =>
      button({ class: "tray-sticker", "aria-label": `スタンプ ${words}`, onclick: () => (this.close(), this.on.sticker(id)) }, icon(art, "sticker-art"))));
  }

  async sendFile() {
    const [file] = this.file.files;
    this.file.value = "";
    if (file) this.on.photo(file);
  }
}

/** The picture as a PNG data address, no larger than a phone would send. */
export async function asPng(file) {
  const bitmap = await createImageBitmap(file).catch(() => {
    throw new Error("この写真は開けませんでした。別の写真を選んでください。");
  });
  const scale = Math.min(1, LONGEST_SIDE / Math.max(bitmap.width, bitmap.height));
  const canvas = el("canvas", { width: Math.round(bitmap.width * scale), height: Math.round(bitmap.height * scale) });
  canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return canvas.toDataURL("image/png");
}
