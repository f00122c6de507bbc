// The sheets that stand at the facilities' desks, and the camera that reads them.

import { el, button } from "./dom.js";
import { ask } from "./dialogs.js";

const PHOTO = { width: 900, height: 1200, tilt: -0.09 };

export class Posters {
  /** `on` = { scanned(facility), photographed(pngDataUri) }. */
  constructor(pane, on) {
    Object.assign(this, { pane, on, facilities: [] });
  }

  show(facilities) {
    this.facilities = facilities;
    if (!facilities.length) return this.pane.replaceChildren(el("p", { class: "hint", text: "この支部には、施設に置くQRコードはありません。" }));
    const sheets = facilities.map((one) => this.sheet(one));
    this.pane.replaceChildren(el("p", { class: "hint", text: "施設の窓口に置いてある台紙です。選ぶと、カメラで読んだときと同じことが起こります。" }), el("div", { class: "sheets" }, sheets));
  }

  /** Shows the sheets when they have come; a camera opened before that waits for them. */
  async expect(facilities) {
    this.coming = facilities.catch(() => []);
    this.show(await facilities);
  }

  sheet(facility, chosen = () => this.aim(facility)) {
    return button({ class: "sheet", "aria-label": `${facility.name}のQRを読む`, onclick: chosen },
      el("span", { class: "sheet-name", text: facility.name }), el("img", { src: facility.qr, alt: "" }), el("span", { class: "sheet-code", text: facility.code }));
  }

  /** The camera opened from the chat: which sheet is in front of it? */
  async walk() {
    await this.coming;
    const facility = await ask("どの施設のQRを読みますか", (done) => (this.facilities.length
      ? el("div", { class: "sheets" }, this.facilities.map((one) => this.sheet(one, () => done(one))))
      : el("p", { class: "hint", text: "この支部には、施設に置くQRコードはありません。" })));
    if (facility) await this.aim(facility);
  }

  async aim(facility) {
    const way = await ask("カメラ", (done) => [
      el("div", { class: "finder" },
        el("div", { class: "finder-sheet" }, el("span", { text: facility.name }), el("img", { src: facility.qr, alt: `${facility.name}のQRコード` })),
        el("i", { class: "finder-frame" }), el("i", { class: "finder-beam" })),
      el("p", { class: "finder-found", text: "QRコードが見つかりました" }),
      el("div", { class: "finder-acts" },
        button({ class: "solid", text: "トークを開く", onclick: () => done("open") }),
        button({ class: "quiet", text: "写真に撮って送る", onclick: () => done("photo") })),
    ], "camera");
    if (way === "open") this.on.scanned(facility);
    if (way === "photo") this.on.photographed(await photograph(facility));
  }
}

/** A slightly tilted photo of the sheet on a desk, as a hand-held phone takes it. */
async function photograph(facility) {
  const code = new Image();
  code.src = facility.qr;
  await code.decode();
  const canvas = el("canvas", { width: PHOTO.width, height: PHOTO.height });
  const pen = canvas.getContext("2d");
  pen.fillStyle = "#b8a68d";
  pen.fillRect(0, 0, PHOTO.width, PHOTO.height);
  pen.translate(PHOTO.width / 2, PHOTO.height / 2);
  pen.rotate(PHOTO.tilt);
  pen.fillStyle = "#fdfdfb";
  pen.fillRect(-330, -460, 660, 920);
  pen.fillStyle = "#1d2a24";
  pen.textAlign = "center";
  pen.font = "bold 44px sans-serif";
  pen.fillText(facility.name, 0, -370, 600);
  pen.imageSmoothingEnabled = false;
  pen.drawImage(code, -240, -280, 480, 480);
  pen.font = "36px monospace";
  pen.fillText(facility.code, 0, 290);
  return canvas.toDataURL("image/png");
}
