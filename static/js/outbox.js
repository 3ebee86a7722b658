// Entries that could not be sent: kept in IndexedDB with their photos, sent again with the same key, so that each becomes one record.
// They lie there sealed (AES-256-GCM). The key comes with each page for its reader alone and stays in memory: without a session of the
// same person the tablet holds who waits since when, and nothing of what they wrote. Only where the page itself travels in the clear,
// and browsers therefore offer no cryptography, they lie there as they are.

const STORE = "entries";

function base(name) {
  return new Promise((resolve, reject) => {
    const open = indexedDB.open(name, 1);
    open.onupgradeneeded = () => open.result.createObjectStore(STORE, { keyPath: "key" });
    open.onsuccess = () => resolve(open.result);
    open.onerror = () => reject(open.error);
  });
}

async function run(name, mode, act) {
  const db = await base(name);
  try {
    return await new Promise((resolve, reject) => {
      const work = db.transaction(STORE, mode);
      const asked = act(work.objectStore(STORE));
      work.oncomplete = () => resolve(asked.result);
      work.onerror = work.onabort = () => reject(work.error);
    });
  } finally {
    db.close();
  }
}

const subtle = globalThis.crypto?.subtle;
const bytes = (text) => new TextEncoder().encode(text);
const bound = ({ key, user, at }) => bytes(JSON.stringify([key, user, at]));
let secret;
function own() {
  secret ||= subtle.importKey(
    "raw", Uint8Array.from(atob(document.body.dataset.seal), (sign) => sign.charCodeAt(0)), "AES-GCM", false, ["encrypt", "decrypt"],
  );
  return secret;
}

// Length of the head, the head as JSON, then the bytes of each photo.
async function shut({ key, user, at, photos, ...rest }) {
  const pictures = await Promise.all(photos.map(async ({ name, blob }) => ({ name, type: blob.type, content: await blob.arrayBuffer() })));
  const told = pictures.map(({ name, type, content }) => ({ name, type, size: content.byteLength }));
  const head = bytes(JSON.stringify({ ...rest, photos: told }));
  const whole = await new Blob([new Uint32Array([head.length]), head, ...pictures.map(({ content }) => content)]).arrayBuffer();
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const sealed = await subtle.encrypt({ name: "AES-GCM", iv, additionalData: bound({ key, user, at }) }, await own(), whole);
  return { key, user, at, iv, sealed };
}

// `locked`: of somebody else, or of a key that is gone.
async function opened(entry) {
  if (!entry.sealed) return entry;
  const { key, user, at, iv, sealed } = entry;
  try {
    const whole = await subtle.decrypt({ name: "AES-GCM", iv, additionalData: bound(entry) }, await own(), sealed);
    const end = 4 + new Uint32Array(whole, 0, 1)[0];
    const head = JSON.parse(new TextDecoder().decode(whole.slice(4, end)));
    let from = end;
    const photos = head.photos.map(({ name, type, size }) => ({ name, blob: new Blob([whole.slice(from, from += size)], { type }) }));
    return { ...head, key, user, at, photos };
  } catch {
    return { key, user, at, fields: [], photos: [], label: "", locked: true };
  }
}

// A store of its own for each kind of entry; entries are {key, user, at, fields, photos, label, …}.
export const box = (name) => ({
  async keep(entry) {
    const kept = subtle ? await shut(entry) : entry;
    return run(name, "readwrite", (store) => store.put(kept));
  },
  drop: (key) => run(name, "readwrite", (store) => store.delete(key)),
  async all() {
    const entries = await run(name, "readonly", (store) => store.getAll());
    return Promise.all(entries.sort((a, b) => a.at - b.at).map(opened));
  },
});

export const token = () => document.cookie.match(/(?:^|; )(?:__Host-)?csrftoken=([^;]+)/)?.[1] || "";

// Answers {number, url}, {problems} (a person must look), {gone: true} (no session) or {away: true} (try again later).
export async function send(entry, url) {
  const body = new FormData();
  for (const [name, value] of entry.fields) if (name !== "csrfmiddlewaretoken") body.append(name, value);
  for (const photo of entry.photos) body.append("photos", photo.blob, photo.name);
  body.set("waited", Math.max(0, Math.round((Date.now() - entry.at) / 1000)));
  let answer;
  try {
    answer = await fetch(url, {
      method: "POST", body, headers: { Accept: "application/json", "HX-Request": "true", "X-CSRFToken": token() },
    });
  } catch {
    return { away: true };
  }
  if (answer.status === 401) return { gone: true };
  if (answer.status >= 500 || !answer.headers.get("Content-Type")?.includes("json")) return { away: true, status: answer.status };
  const said = await answer.json();
  return answer.ok ? said : { problems: said.problems || [] };
}

// The user id of whoever is logged in now: what was typed may have been a badge.
export const who = async (url) => decodeURIComponent((await fetch(url)).headers.get("X-QMS-User") || "");

// `fields`: user id and password, or the one-time code that is asked for after them.
export async function login(url, fields) {
  const body = new URLSearchParams({ ...fields, csrfmiddlewaretoken: token() });
  const answer = await fetch(url, { method: "POST", body });
  const known = answer.ok && !new URL(answer.url).pathname.endsWith(new URL(url, location).pathname);
  return { known, refused: !answer.ok, asksCode: answer.headers.get("X-QMS-Asks") === "code" };
}

export const logout = (url) => fetch(url, { method: "POST", headers: { "X-CSRFToken": token() } });
