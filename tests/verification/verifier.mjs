// A second verifier, in another language and by other hands than the bundle's own: written from RFC 6962, RFC 9162 and the C2SP
// signed-note format, with Node's standard library alone. It agrees with verify.py, or one of the two is wrong.
//
//   node verifier.mjs proofs FILE      one proof a line; answers {"checked": n, "refused": [line numbers]}
//   node verifier.mjs bundle FOLDER    an unpacked bundle; answers {"findings": ["kind: where", …]}, exit 1 when there are any
import { createHash, createPublicKey, verify } from "node:crypto";
import { createReadStream, existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { createInterface } from "node:readline";

const sha256 = (...parts) => parts.reduce((h, part) => h.update(part), createHash("sha256")).digest();
const LEAF = Buffer.of(0), NODE = Buffer.of(1);
const leafHash = (data) => sha256(LEAF, data);
const branch = (left, right) => sha256(NODE, left, right);
const hex = (text) => Buffer.from(text, "hex");

// --- RFC 6962 section 2.1, by its recursive definition: how long a path is, and on which side each step stands.

function split(size) {
  let power = 1;
  while (power * 2 < size) power *= 2;
  return power;
}

/** The root that a leaf and its audit path lead to, consuming the path from its end (the root's side); null when it does not fit. */
function climb(leaf, index, size, path) {
  if (size === 1) return path.length === 0 ? leaf : null;
  if (path.length === 0) return null;
  const half = split(size), rest = path.slice(0, -1), beside = path[path.length - 1];
  if (index < half) {
    const left = climb(leaf, index, half, rest);
    return left && branch(left, beside);
  }
  const right = climb(leaf, index - half, size - half, rest);
  return right && branch(beside, right);
}

export function included(leaf, index, size, path, root) {
  if (!Number.isSafeInteger(index) || index < 0 || index >= size) return false;
  const found = climb(leaf, index, size, path);
  return found !== null && found.equals(root);
}

/** [root of the old tree, root of the new one] that SUBPROOF(m, D[n], whole) says; `whole`: the old root is known and not in it. */
function both(old, size, path, whole, oldRoot) {
  if (old === size) {
    if (whole) return path.length === 0 ? [oldRoot, oldRoot] : null;
    return path.length === 1 ? [path[0], path[0]] : null;
  }
  if (path.length === 0) return null;
  const half = split(size), rest = path.slice(0, -1), beside = path[path.length - 1];
  if (old <= half) {
    const left = both(old, half, rest, whole, oldRoot);
    return left && [left[0], branch(left[1], beside)];
  }
  const right = both(old - half, size - half, rest, false, oldRoot);
  return right && [branch(beside, right[0]), branch(beside, right[1])];
}

export function grown(old, size, oldRoot, root, path) {
  if (!(old > 0 && old <= size)) return false;
  const found = both(old, size, path, true, oldRoot);
  return found !== null && found[0].equals(oldRoot) && found[1].equals(root);
}

function treeRoot(leaves) {
  if (leaves.length === 0) return sha256(Buffer.alloc(0));
  if (leaves.length === 1) return leaves[0];
  const half = split(leaves.length);
  return branch(treeRoot(leaves.slice(0, half)), treeRoot(leaves.slice(half)));
}

// --- C2SP signed notes and checkpoints

const SPKI = hex("302a300506032b6570032100"); // RFC 8410: an Ed25519 public key follows

function readNote(text) {
  const end = text.lastIndexOf("\n\n");
  if (end < 0) throw new Error("no note");
  const body = text.slice(0, end + 1), [origin, size, root] = body.split("\n");
  if (!/^(0|[1-9][0-9]*)$/.test(size)) throw new Error("no size");
  return { body, origin, size: Number(size), root: Buffer.from(root, "base64"), lines: text.slice(end + 2).split("\n") };
}

function isSigned(text, key) {
  const note = readNote(text);
  const id = sha256(`${note.origin}\n`, Buffer.of(1), key).subarray(0, 4);
  const publicKey = createPublicKey({ key: Buffer.concat([SPKI, key]), format: "der", type: "spki" });
  return note.lines.some((line) => {
    const [dash, name, blob] = line.split(" ");
    if (dash !== "—" || name !== note.origin || !blob) return false;
    const bytes = Buffer.from(blob, "base64");
    return bytes.length === 68 && bytes.subarray(0, 4).equals(id) && verify(null, Buffer.from(note.body), publicKey, bytes.subarray(4));
  });
}

// --- a bundle

class Bundle {
  constructor(folder) {
    this.folder = folder;
    this.findings = [];
    this.manifest = JSON.parse(this.read("manifest.json"));
  }

  read(name) { return readFileSync(join(this.folder, ...name.split("/"))); }
  plain(name) { return JSON.parse(this.read(name)); }
  say(kind, where) { this.findings.push(`${kind}: ${where}`); }

  /** The bytes of each line, without its end. */
  lines(name) {
    const data = this.read(name), found = [];
    for (let from = 0; from < data.length;) {
      const end = data.indexOf(10, from);
      found.push(data.subarray(from, end < 0 ? data.length : end));
      from = end < 0 ? data.length : end + 1;
    }
    return found;
  }

  *names(folder = this.folder) {
    for (const name of readdirSync(folder)) {
      const place = join(folder, name);
      if (name === "__pycache__") continue;
      if (statSync(place).isDirectory()) yield* this.names(place);
      else yield relative(this.folder, place).split(sep).join("/");
    }
  }

  files() {
    const here = new Set(this.names()), listed = this.manifest.files;
    for (const name of Object.keys(listed)) {
      if (!here.has(name)) this.say("missing", name);
      else if (sha256(this.read(name)).toString("hex") !== listed[name].sha256) this.say("changed", name);
    }
    for (const name of here) if (name !== "manifest.json" && !(name in listed)) this.say("extra", name);
  }

  checkpoint() {
    const key = Buffer.from(this.read("public-key.txt").toString().split(/\s/)[0], "base64");
    const text = this.read("checkpoint.txt").toString();
    const { size, root } = readNote(text);
    Object.assign(this, { key, size, root });
    if (!isSigned(text, key)) this.say("note", "checkpoint.txt");
  }

  consistency() {
    for (const proof of existsSync(join(this.folder, "consistency.json")) ? this.plain("consistency.json") : []) {
      const old = readNote(proof.checkpoint);
      if (!isSigned(proof.checkpoint, this.key)) this.say("note", "consistency.json");
      if (!grown(old.size, this.size, old.root, this.root, proof.path.map(hex))) this.say("rewritten", "consistency.json");
    }
  }

  trail() {
    if (!existsSync(join(this.folder, "trail.jsonl"))) return;
    const leaves = this.lines("trail.jsonl").map(leafHash);
    if (leaves.length !== this.size || !treeRoot(leaves).equals(this.root)) this.say("root", "trail.jsonl");
  }

  record(folder) {
    const name = `${folder}/entries.jsonl`, lines = this.lines(name);
    const proofs = this.lines(`${folder}/proofs.jsonl`).map((line) => JSON.parse(line));
    if (lines.length !== proofs.length) this.say("proofs", name);
    const seen = new Set();
    lines.slice(0, proofs.length).forEach((line, i) => {
      const { leaf, path } = proofs[i];
      if (!included(leafHash(line), leaf, this.size, path.map(hex), this.root)) this.say("entry", `${name} ${i + 1}`);
      if (seen.has(leaf)) this.say("twice", `${name} ${i + 1}`);
      seen.add(leaf);
    });
    const entries = lines.map((line) => JSON.parse(line));
    this.complete(folder, entries);
    this.rows(folder, entries);
    this.history(folder, entries);
  }

  /** Numbers without a gap, as many as the counters say, and not fewer than the export's own line in the trail says. */
  complete(folder, entries) {
    const numbers = Map.groupBy ? Map.groupBy(entries, subject) : group(entries, subject);
    for (const one of this.plain(`${folder}/counters.json`))
      if ((numbers.get(`${one.object} ${one.key}`) ?? []).length !== one.entries) this.say("counter", `${one.object} ${one.key}`);
    const newest = new Map();
    for (const [what, found] of numbers) {
      const ordered = found.map((entry) => entry.seq).sort((a, b) => a - b);
      if (ordered.some((seq, i) => seq !== i + 1)) this.say("left out", what);
      newest.set(what, ordered[ordered.length - 1]);
    }
    const own = entries.find((e) => e.kind === "act" && e.event === "record.exported" && e.data.export === this.manifest.export);
    if (!own) return this.say("not announced", folder);
    for (const told of own.data.counted) {
      const [kind, key, count] = told.split(" ");
      if ((newest.get(`${kind} ${key}`) ?? 0) < Number(count)) this.say("counter", `${kind} ${key}`);
    }
  }

  rows(folder, entries) {
    const acts = new Set(entries.filter((e) => e.kind === "act").map((e) => e.act)), last = new Map();
    for (const entry of entries.filter((e) => e.kind === "row").sort((a, b) => a.seq - b.seq)) {
      if (!acts.has(entry.act)) this.say("no act", subject(entry));
      last.set(subject(entry), entry.new);
    }
    for (const line of this.lines(`${folder}/rows.jsonl`)) {
      const row = JSON.parse(line), said = last.get(subject(row));
      last.delete(subject(row));
      if (!said) this.say("row", subject(row));
      else for (const name of Object.keys(said)) if (name in row.row && !same(said[name], row.row[name])) this.say("row", `${subject(row)} ${name}`);
    }
    for (const [what, said] of last) if (said !== null) this.say("row gone", what);
  }

  history(folder, entries) {
    const changed = entries.filter((entry) => entry.kind === "row");
    this.lines(`${folder}/history.jsonl`).forEach((line, i) => {
      const told = JSON.parse(line), entry = changed[i];
      const [old, now] = entry ? [entry.old ?? {}, entry.new ?? {}] : [{}, {}], changes = {};
      for (const name of Object.keys({ ...old, ...now }))
        if (!same(old[name] ?? null, now[name] ?? null)) changes[name] = [old[name] ?? null, now[name] ?? null];
      if (!entry || told.at !== entry.ts || !same(told.changes, changes)) this.say("history", `${folder} ${i + 1}`);
    });
  }

  run() {
    this.files();
    const steps = [() => this.checkpoint(), () => this.consistency(), () => this.trail()];
    for (const one of this.manifest.records) steps.push(() => this.record(one.folder));
    for (const step of steps) {
      try { step(); } catch (error) { this.say("unreadable", error.message); }
    }
    return this.findings;
  }
}

const subject = (one) => `${one.object} ${one.key}`;
const sorted = (value) => Array.isArray(value) ? value.map(sorted)
  : value && typeof value === "object" ? Object.fromEntries(Object.keys(value).sort().map((k) => [k, sorted(value[k])])) : value;
const same = (one, other) => JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
function group(items, by) {
  const found = new Map();
  for (const item of items) found.set(by(item), [...(found.get(by(item)) ?? []), item]);
  return found;
}

// --- proofs by the thousand

async function proofs(place) {
  const refused = [];
  let number = 0;
  for await (const line of createInterface({ input: createReadStream(place) })) {
    number += 1;
    const p = JSON.parse(line), path = p.path.map(hex), root = hex(p.root);
    const good = p.old === undefined ? included(hex(p.leaf), p.index, p.size, path, root) : grown(p.old, p.size, hex(p.old_root), root, path);
    if (!good) refused.push(number);
  }
  return { checked: number, refused };
}

const [mode, place] = process.argv.slice(2);
if (mode === "proofs") console.log(JSON.stringify(await proofs(place)));
else {
  const findings = new Bundle(place).run();
  console.log(JSON.stringify({ findings }));
  process.exitCode = findings.length ? 1 : 0;
}
