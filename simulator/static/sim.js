// Calls the simulator's control interface; every failure becomes a SimError with words to show.

export class SimError extends Error {
  constructor(message, status = 0) {
    super(message);
    this.status = status;
  }
}

export const sim = {
  channels: () => get("/sim/channels").then((answer) => answer.channels),
  people: () => get("/sim/people").then((answer) => answer.people),
  addPerson: (channel, name) => post("/sim/people", { channel, name }),
  chat: (id, after = 0) => get(`${person(id)}/chat?after=${after}`),
  wait: (id, after, version, signal) => get(`${person(id)}/wait?after=${after}${version ? `&version=${version}` : ""}`, signal),
  say: (id, text) => post(`${person(id)}/say`, { text }),
  tap: (id, what) => post(`${person(id)}/tap`, what),
  pick: (id, what) => post(`${person(id)}/pick`, what),
  photo: (id, png) => post(`${person(id)}/photo`, { png }),
  sticker: (id, what) => post(`${person(id)}/sticker`, what),
  open: (id, what) => post(`${person(id)}/open`, what),
  block: (id) => post(`${person(id)}/block`, {}),
  unblock: (id) => post(`${person(id)}/unblock`, {}),
  unsend: (id, n) => post(`${person(id)}/unsend`, { n }),
  redeliver: (id, event) => post(`${person(id)}/redeliver`, { event }),
  facilities: (channel) => get(`/sim/facilities?channel=${encodeURIComponent(channel)}`).then((answer) => answer.facilities),
  clock: () => get("/sim/clock"),
  moveClock: (now) => post("/sim/clock", { now }),
  rehearsal: (channel, year) => get(`/sim/rehearsal?channel=${encodeURIComponent(channel)}${year ? `&fiscal_year=${encodeURIComponent(year)}` : ""}`),
  talks: () => get("/sim/talks").then((answer) => answer.talks),
  play: (talk) => post("/sim/talks/play", { talk }),
  calls: (after) => get(`/sim/calls?after=${after}`).then((answer) => answer.calls),
};

function person(id) {
  return `/sim/people/${encodeURIComponent(id)}`;
}

function get(path, signal) {
  return call(path, { signal });
}

function post(path, body) {
  return call(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
}

async function call(path, options) {
  const response = await fetch(path, { cache: "no-store", ...options }).catch((error) => {
    if (error.name === "AbortError") throw error;
    throw new SimError("シミュレーターにつながりません。動いているか確かめてください。");
  });
  const answer = await response.json().catch(() => null);
  if (!response.ok) throw new SimError(reason(answer, response.status), response.status);
  if (answer === null) throw new SimError("シミュレーターの答えが読めませんでした。");
  return answer;
}

function reason(answer, status) {
  const said = answer?.error ?? answer?.message;
  if (said) return inWords(typeof said === "string" ? said : JSON.stringify(said));
  return `シミュレーターが ${status} を返しました。`;
}

/** What the simulator says in English gets a Japanese beginning, so that it reads as a failure. */
function inWords(said) {
  return /[぀-ヿ一-龠]/.test(said) ? said : `うまくいきませんでした：${said}`;
}
