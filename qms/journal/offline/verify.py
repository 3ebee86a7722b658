#!/usr/bin/env python3
"""Checks an exported bundle without the system that made it: Python's standard library and nothing else.

    python3 verify.py                    the folder in which this file stands
    python3 verify.py BUNDLE.zip         a bundle as it was downloaded
    … --key BASE64                       the public key as you know it from elsewhere; without it, the bundle's own is shown
    … --checkpoint FILE                  a signed checkpoint that you kept: the trail must not have been rewritten since
    … --lang zh                          speak Chinese

Exit code: 0 everything holds, 1 something does not (each finding is named), 2 this is no bundle.
What it proves and what it cannot: README.txt beside it.
"""

import argparse
import base64
import hashlib
import json
import os
import sys
import zipfile

from proof import Range, grown, included, leaf_hash, note_is_signed, read_note

FORMAT = "qms-bundle/1"
HERE = os.path.dirname(os.path.abspath(__file__))

# --- the bundle ----------------------------------------------------------------------------------------------------------


class Folder:
    def __init__(self, place):
        self.place = place

    def names(self):
        for folder, _folders, files in os.walk(self.place):
            for name in files:
                yield os.path.relpath(os.path.join(folder, name), self.place).replace(os.sep, "/")

    def open(self, name):
        return open(os.path.join(self.place, *name.split("/")), "rb")


class Zip:
    def __init__(self, place):
        self.zip = zipfile.ZipFile(place)

    def names(self):
        return [info.filename for info in self.zip.infolist() if not info.is_dir()]

    def open(self, name):
        return self.zip.open(name)


class Check:
    def __init__(self, source, language):
        self.source, self.language = source, language
        with open(os.path.join(HERE, "words.json"), encoding="utf-8") as file:
            self.words = json.load(file)
        self.findings = []
        self.done = []
        self.names = set()

    def say(self, what, *values):
        text = self.words[what][self.language].format(*values)
        if text not in self.findings:
            self.findings.append(text)

    def read(self, name):
        with self.source.open(name) as file:
            return file.read()

    def plain(self, name):
        return json.loads(self.read(name))

    def lines(self, name):
        with self.source.open(name) as file:
            for line in file:
                yield line.rstrip(b"\n")

    def good(self, english, chinese):
        self.done.append(chinese if self.language == "zh" else english)

    # --- files

    def files(self):
        listed = self.manifest["files"]
        for name in sorted(set(listed) - self.names):
            self.say("file_missing", name)
        for name in sorted(self.names - set(listed) - {"manifest.json"}):
            self.say("file_extra", name)
        for name in sorted(set(listed) & self.names):
            digest = hashlib.sha256()
            with self.source.open(name) as file:
                for piece in iter(lambda: file.read(1 << 20), b""):
                    digest.update(piece)
            if digest.hexdigest() != listed[name]["sha256"]:
                self.say("file_changed", name)
        self.good(f"{len(listed)} files against the manifest", f"对照清单检查了 {len(listed)} 个文件")

    # --- the trail's state

    def checkpoint(self, known_key):
        key = base64.b64decode(self.read("public-key.txt").split()[0])
        if known_key and base64.b64decode(known_key) != key:
            self.say("key")
        text = self.read("checkpoint.txt").decode()
        origin, size, root, _body, _lines = read_note(text)
        if not note_is_signed(text, key):
            self.say("note")
        self.key, self.size, self.root = key, size, root
        shown = base64.b64encode(key).decode()
        self.good(
            f"checkpoint of {size} entries, origin {origin}, key {shown}",
            f"检查点：{size} 条记录，来源 {origin}，公钥 {shown}",
        )

    def consistency(self, kept):
        proofs = self.plain("consistency.json") if "consistency.json" in self.names else []
        for proof in proofs:
            self.one_consistency("consistency.json", proof["checkpoint"], proof["path"])
        if kept:
            with open(kept, encoding="utf-8") as file:
                self.kept(kept, file.read(), proofs)

    def timestamp(self):
        """The token is of the checkpoint that stands beside it, which this trail has grown from; its signature is for openssl."""
        told = self.plain("timestamp.json")
        digest = hashlib.sha256(told["checkpoint"].encode()).digest()
        if b"\x04\x20" + digest not in base64.b64decode(told["token"], validate=True):
            self.say("timestamp")
        self.one_consistency("timestamp.json", told["checkpoint"], told["path"])
        self.good(
            f"a time-stamp token (RFC 3161) of {told['where']} is over that checkpoint; its signature is not checked here",
            f"{told['where']} 的时间戳令牌（RFC 3161）针对该检查点；此处不检查其签名",
        )

    def one_consistency(self, name, text, path):
        _origin, old, old_root, _body, _lines = read_note(text)
        if not note_is_signed(text, self.key):
            self.say("note")
        if not grown(old, self.size, old_root, self.root, [bytes.fromhex(step) for step in path]):
            self.say("rewritten", name, old, self.size)
        self.good(
            f"the trail of {old} entries is the beginning of this one", f"{old} 条记录时的审计追踪是当前审计追踪的开头"
        )

    def kept(self, name, text, proofs):
        _origin, old, old_root, _body, _lines = read_note(text)
        if old > self.size:
            return self.say("kept_behind", name, old, self.size)
        if old == self.size:
            return None if old_root == self.root else self.say("rewritten", name, old, self.size)
        for proof in proofs:
            if read_note(proof["checkpoint"])[1] == old:
                return self.one_consistency(name, text, proof["path"])
        return self.say("kept_between", name, old, self.size)

    def whole_trail(self):
        tree = Range()
        for line in self.lines("trail.jsonl"):
            tree.add(leaf_hash(line))
        if tree.size != self.size or tree.root != self.root:
            self.say("root", tree.size)
        self.good(f"the whole trail of {tree.size} entries", f"完整的审计追踪，共 {tree.size} 条记录")

    # --- a record

    def record(self, folder):
        entries = self.entries(folder)
        self.counters(folder, entries)
        self.announced(folder, entries)
        self.rows(folder, entries)
        self.history(folder, entries)
        self.attachments(folder)
        self.signatures(folder)
        number = folder.rpartition("/")[2]
        self.good(f"{number}: {len(entries)} entries", f"{number}：{len(entries)} 条记录")

    def entries(self, folder):
        name, found, seen = f"{folder}/entries.jsonl", [], set()
        proofs = [json.loads(line) for line in self.lines(f"{folder}/proofs.jsonl")]
        for number, line in enumerate(self.lines(name), 1):
            found.append(json.loads(line))
            if number > len(proofs):
                continue
            proof = proofs[number - 1]
            path = [bytes.fromhex(step) for step in proof["path"]]
            if not included(leaf_hash(line), proof["leaf"], self.size, path, self.root):
                self.say("entry", name, number)
            if proof["leaf"] in seen:
                self.say("twice", name, number)
            seen.add(proof["leaf"])
        if len(found) != len(proofs):
            self.say("proofs", name, len(found), len(proofs))
        return found

    def counters(self, folder, entries):
        """Each subject's entries are numbered without a gap, so none can be left out unseen."""
        seen = {}
        for entry in entries:
            seen.setdefault((entry["object"], entry["key"]), []).append(entry["seq"])
        for counter in self.plain(f"{folder}/counters.json"):
            numbers = seen.get((counter["object"], counter["key"]), [])
            if len(numbers) != counter["entries"]:
                self.say("counter", counter["object"], counter["key"], counter["entries"], len(numbers))
        for (kind, key), numbers in seen.items():
            for expected, number in enumerate(sorted(numbers), 1):
                if number != expected:
                    self.say("left_out", kind, key, expected)
                    break

    def announced(self, folder, entries):
        """The export's own line in the trail names how many entries there were: nobody can shorten the end unseen."""
        mine = [e for e in entries if e["kind"] == "act" and e["event"] == "record.exported"]
        line = next((e for e in mine if e["data"]["export"] == self.manifest["export"]), None)
        if line is None:
            return self.say("not_announced", folder)
        newest = {}
        for entry in entries:
            what = (entry["object"], entry["key"])
            newest[what] = max(newest.get(what, 0), entry["seq"])
        for text in line["data"]["counted"]:
            kind, key, number = text.split(" ")
            if newest.get((kind, key), 0) < int(number):
                self.say("counter", kind, key, number, newest.get((kind, key), 0))
        return None

    def rows(self, folder, entries):
        """Every row is what its last entry says, and every change belongs to an act."""
        acts = {entry["act"] for entry in entries if entry["kind"] == "act"}
        changes = [entry for entry in entries if entry["kind"] == "row"]
        for entry in changes:
            if entry["act"] not in acts:
                self.say("no_act", entry["object"], entry["key"], entry["seq"])
        in_order = sorted(changes, key=lambda entry: entry["seq"])
        last = {(entry["object"], entry["key"]): entry["new"] for entry in in_order}
        rows = [json.loads(line) for line in self.lines(f"{folder}/rows.jsonl")]
        for row in rows:
            self.row(row, last.pop((row["object"], row["key"]), None))
        for (kind, key), said in last.items():
            if said is not None:
                self.say("row_gone", kind, key)
        self.now = {(row["object"], row["key"]): row["row"] for row in rows}

    def row(self, row, said):
        if said is None:
            self.say("row_unknown", row["object"], row["key"])
            return
        for name in sorted(set(said) & set(row["row"])):
            if said[name] != row["row"][name]:
                self.say("row", row["object"], row["key"], name, row["row"][name], said[name])

    def history(self, folder, entries):
        rows = [entry for entry in entries if entry["kind"] == "row"]
        name = f"{folder}/history.jsonl"
        for number, line in enumerate(self.lines(name), 1):
            told, entry = json.loads(line), rows[number - 1] if number <= len(rows) else None
            old, new = ((entry["old"] or {}), (entry["new"] or {})) if entry else ({}, {})
            changes = {k: [old.get(k), new.get(k)] for k in {**old, **new} if old.get(k) != new.get(k)}
            if entry is None or told["changes"] != changes or told["at"] != entry["ts"]:
                self.say("history", name, number)

    def attachments(self, folder):
        here = {name for name in self.names if name.startswith(f"{folder}/attachments/")}
        listed = {file["path"]: file for file in self.plain(f"{folder}/attachments.json")}
        for (kind, key), row in self.now.items():
            if kind == "records.attachment" and key not in {file["key"] for file in listed.values()}:
                self.say("attachment_gone", folder, row["name"])
        for path, file in listed.items():
            row = self.now.get(("records.attachment", file["key"]), {})
            if path not in here:
                self.say("attachment_gone", folder, file["name"])
            elif hashlib.sha256(self.read(path)).hexdigest() != row.get("sha256"):
                self.say("attachment", path)

    def signatures(self, folder):
        record = self.plain(f"{folder}/record.json")
        if hashlib.sha256(record["signed"].encode()).hexdigest() != record["digest"]:
            self.say("digest", f"{folder}/record.json")
        mine = {
            row["uid"]: row
            for (kind, _key), row in self.now.items()
            if kind == "signatures.signature" and row["record_number"] == record["number"]
        }
        told = {one["uid"]: one for one in self.plain(f"{folder}/signatures.json")}
        taken_back = {
            str(row["signature_id"]): row for (kind, _key), row in self.now.items() if kind == "signatures.withdrawal"
        }
        keys = {row["uid"]: key for (kind, key), row in self.now.items() if kind == "signatures.signature"}
        name = f"{folder}/signatures.json"
        if set(told) != set(mine):
            self.say("signature_gone", name)
        for uid in sorted(set(told) & set(mine)):
            one, row = told[uid], mine[uid]
            same = {"signer": "signer_name", "meaning": "meaning", "sentence": "sentence", "signed_at": "signed_at"}
            same.update({"digest": "digest", "version": "record_version", "timezone": "timezone", "comment": "comment"})
            for shown, column in same.items():
                if one[shown] != row[column]:
                    self.say("signature", name, one["signer"], shown)
            self.withdrawn(name, one, taken_back.get(keys[uid]))
            said = one.get("signed", record["signed"])
            bound = hashlib.sha256(said.encode()).hexdigest() == row["digest"] and same_content(said, record["signed"])
            if one["covers"] and not bound:
                self.say("covers", name, one["signer"])

    def withdrawn(self, name, one, row):
        """What the signer has taken back is shown so, and covers nothing."""
        told = one.get("withdrawn")
        if (told is None) != (row is None) or (
            row and (told["reason"], told["at"]) != (row["reason"], row["withdrawn_at"])
        ):
            self.say("signature", name, one["signer"], "withdrawn")
        if row and one["covers"]:
            self.say("covers", name, one["signer"])


def same_content(one, other):
    """Whether two texts of a signature say the same of the record; files stand beside the content in one, inside it in the other."""
    first, second = json.loads(one), json.loads(other)
    plain = [{k: v for k, v in text["content"].items() if k != "attachments"} for text in (first, second)]
    return plain[0] == plain[1] and (first["number"], first["type"]) == (second["number"], second["type"])


def run(place, *, key="", kept="", language="en"):
    """The findings, and what was checked. Raises ValueError when the place holds no bundle."""
    check = Check(Zip(place) if os.path.isfile(place) else Folder(place), language)
    check.names = {name for name in check.source.names() if "__pycache__" not in name}
    check.manifest = check.plain("manifest.json")
    if check.manifest.get("format") != FORMAT:
        raise ValueError(f"format {check.manifest.get('format')!r}")
    check.files()
    steps = [lambda: check.checkpoint(key), lambda: check.consistency(kept)]
    steps += [check.timestamp] if "timestamp.json" in check.names else []
    steps += [check.whole_trail] if "trail.jsonl" in check.names else []
    steps += [lambda folder=one["folder"]: check.record(folder) for one in check.manifest["records"]]
    for step in steps:
        try:
            step()
        except (KeyError, ValueError, TypeError, AttributeError, OSError) as error:
            check.say("unreadable", place, f"{type(error).__name__}: {error}")
    return check


def main(arguments=None):
    parser = argparse.ArgumentParser(description="Checks an exported bundle offline.")
    parser.add_argument("bundle", nargs="?", default=HERE)
    parser.add_argument("--key", default="", help="the public key as you know it, base64")
    parser.add_argument("--checkpoint", default="", help="a signed checkpoint that you kept")
    parser.add_argument(
        "--lang", default="zh" if os.environ.get("LANG", "").startswith("zh") else "en", choices=["en", "zh"]
    )
    asked = parser.parse_args(arguments)
    zh = asked.lang == "zh"
    try:
        check = run(asked.bundle, key=asked.key, kept=asked.checkpoint, language=asked.lang)
    except (KeyError, ValueError, OSError, zipfile.BadZipFile) as error:
        print(f"{'这不是证据包' if zh else 'This is no bundle'}: {error}", file=sys.stderr)
        return 2
    for line in check.done:
        print(f"  {'已检查' if zh else 'checked'}: {line}")
    for finding in check.findings:
        print(finding, file=sys.stderr)
    if check.findings:
        print(
            f"{len(check.findings)} 处不符：请勿信任本证据包"
            if zh
            else f"{len(check.findings)} findings: do not trust this bundle",
            file=sys.stderr,
        )
        return 1
    print("一切相符：证据包完整，未被改动" if zh else "Everything holds: the bundle is whole and unchanged")
    return 0


if __name__ == "__main__":
    sys.exit(main())
