// Entries that could not be sent: kept in IndexedDB with their photos, sent again with the same key, so that each becomes one record.

const DB = "qms-floor", STORE = "entries";

function base() {
  return new Promise((resolve, reject) => {
    const open = indexedDB.open(DB, 1);
    open.onupgradeneeded = () => open.result.createObjectStore(STORE, { keyPath: "key" });
    open.onsuccess = () => resolve(open.result);
    open.onerror = () => reject(open.error);
  });
}

async function run(mode, act) {
  const db = await base();
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

export const keep = (entry) => run("readwrite", (store) => store.put(entry));
export const drop = (key) => run("readwrite", (store) => store.delete(key));
export const all = async () => (await run("readonly", (store) => store.getAll())).sort((a, b) => a.at - b.at);

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

export async function login(url, username, password) {
  const body = new URLSearchParams({ username, password, csrfmiddlewaretoken: token() });
  const answer = await fetch(url, { method: "POST", body });
  return answer.ok && !new URL(answer.url).pathname.endsWith(new URL(url, location).pathname);
}

export const logout = (url) => fetch(url, { method: "POST", headers: { "X-CSRFToken": token() } });
