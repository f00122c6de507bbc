// Dates and minutes as a member in Japan reads them.

const ZONE = "Asia/Tokyo";
const MINUTE = new Intl.DateTimeFormat("ja-JP", { timeZone: ZONE, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const DAY = new Intl.DateTimeFormat("ja-JP", { timeZone: ZONE, year: "numeric", month: "long", day: "numeric", weekday: "short" });
const SHORT = new Intl.DateTimeFormat("ja-JP", { timeZone: ZONE, month: "numeric", day: "numeric" });
const LOCAL = new Intl.DateTimeFormat("sv-SE", { timeZone: ZONE, dateStyle: "short", timeStyle: "short" });
const MONTH = new Intl.DateTimeFormat("ja-JP", { timeZone: ZONE, year: "numeric", month: "long" });
const WEEKDAY = new Intl.DateTimeFormat("ja-JP", { timeZone: ZONE, weekday: "short" });

export const minute = (instant) => MINUTE.format(instant);
export const day = (instant) => DAY.format(instant);
export const month = (instant) => MONTH.format(instant);
export const weekday = (instant) => `（${WEEKDAY.format(instant)}）`;
export const shortDay = (instant) => SHORT.format(instant);

/** `2024-07-01T09:00`, the value a date-time field takes. */
export const fieldValue = (instant) => LOCAL.format(instant).replace(" ", "T");

/** The instant that a date-time field means in Japan. */
export const fromField = (value) => new Date(`${value}:00+09:00`);

export function instant(value) {
  return value instanceof Date ? value : new Date(value);
}
