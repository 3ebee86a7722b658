"""Files on another machine, by SFTP. The host key is pinned: another one is refused, whatever it says."""

from __future__ import annotations

import base64
import contextlib
import io
import posixpath
import stat
from collections.abc import Iterable, Iterator
from typing import Any

import paramiko
from django.utils.translation import gettext as _

from connectors.base import ConnectorError, Finding, Permanent, Temporary
from connectors.models import Interface

from . import files
from .base import Bad
from .dial import dial
from .place import Entry

SECONDS = 30.0
ALREADY = {"File already exists", "Failure"}  # what servers answer to a rename onto a name that is taken


class Remote:
    """A folder over there; paths are relative to it."""

    def __init__(self, line: paramiko.SFTPClient, root: str) -> None:
        self.line, self.root = line, root.rstrip("/") or "."

    def path(self, relative: str) -> str:
        return posixpath.join(self.root, relative) if relative else self.root

    def entries(self, folder: str) -> list[Entry]:
        found = []
        for one in self.line.listdir_attr(self.path(folder)):
            mode = one.st_mode or 0
            named = one.filename
            if "/" in named or "\\" in named or "\x00" in named or named in (".", ".."):
                continue
            plain, is_folder = stat.S_ISREG(mode), stat.S_ISDIR(mode)
            found.append(Entry(named, one.st_size or 0, int(one.st_mtime or 0), plain, is_folder))
        return found

    def ensure(self, folder: str) -> None:
        made = ""
        for part in folder.split("/"):
            made = posixpath.join(made, part)
            try:
                held = self.line.lstat(self.path(made))
            except FileNotFoundError:
                self.line.mkdir(self.path(made))
                continue
            if not stat.S_ISDIR(held.st_mode or 0):
                raise Bad("link")

    def read(self, path: str, most: int) -> bytes:
        held = self.line.lstat(self.path(path))
        if not stat.S_ISREG(held.st_mode or 0):
            raise Bad("link")
        if (held.st_size or 0) > most:
            raise Bad("too_large", size=held.st_size, most=most)
        with self.line.open(self.path(path), "rb") as file:
            file.prefetch(held.st_size)
            body = bytes(file.read(most + 1))
        if len(body) > most:
            raise Bad("too_large", size=len(body), most=most)
        return body

    def move(self, old: str, new: str) -> None:
        """Plain rename: unlike posix-rename it never lies onto a name that is there."""
        try:
            self.line.rename(self.path(old), self.path(new))
        except FileNotFoundError:
            raise
        except OSError as refused:
            if not _is_there(self.line, self.path(old)):
                raise FileNotFoundError(old) from None
            raise FileExistsError(new) if _is_there(self.line, self.path(new)) else refused from None

    def write(self, path: str, body: bytes) -> None:
        part = self.path(path) + ".part"
        with self.line.open(part, "wb") as file:
            file.write(body)
        try:
            self.line.posix_rename(part, self.path(path))
        except OSError:  # a server without that extension
            with contextlib.suppress(FileNotFoundError):
                self.line.remove(self.path(path))
            self.line.rename(part, self.path(path))

    def remove(self, path: str) -> None:
        with contextlib.suppress(FileNotFoundError):
            self.line.remove(self.path(path))


def _is_there(line: paramiko.SFTPClient, path: str) -> bool:
    try:
        line.lstat(path)
    except FileNotFoundError:
        return False
    return True


@contextlib.contextmanager
def opened(told: dict[str, Any], secrets: dict[str, Any]) -> Iterator[Remote]:
    """Raises Permanent for another host key and a refused account, Temporary when nothing answers."""
    wire = dial(told["host"], int(told.get("port", 22)), sealed=True)
    with contextlib.closing(wire), contextlib.closing(_sealed(wire)) as carrier:
        try:
            carrier.start_client(timeout=SECONDS)
        except (paramiko.SSHException, EOFError, OSError) as wrong:
            raise Temporary("unreachable", f"{told['host']} does not speak SSH with us: {wrong}.") from None
        check_host(carrier, told)
        _sign_in(carrier, told, secrets)
        line = paramiko.SFTPClient.from_transport(carrier)
        if line is None:
            raise Temporary("unreachable", f"{told['host']} opens no SFTP session.")
        with contextlib.closing(line):
            line.get_channel().settimeout(SECONDS)
            yield Remote(line, told["folder"])


def _sealed(wire: Any) -> paramiko.Transport:
    carrier = paramiko.Transport(wire)
    carrier.banner_timeout = carrier.auth_timeout = SECONDS
    return carrier


def check_host(carrier: paramiko.Transport, told: dict[str, Any]) -> None:
    key = carrier.get_remote_server_key()
    kind, _space, text = str(told.get("host_key", "")).partition(" ")
    given = f"{key.get_name()} {key.get_base64()}"
    try:
        pinned = base64.b64decode(text.strip(), validate=True)
    except ValueError:
        pinned = b""
    if kind != key.get_name() or pinned != key.asbytes():
        raise Permanent(
            "host_key",
            f"{told['host']} shows another host key than the one that was agreed ({given[:60]}…). Nothing was sent. Ask who runs"
            " it whether the key was changed on purpose; only then enter the new one.",
        )


def _sign_in(carrier: paramiko.Transport, told: dict[str, Any], secrets: dict[str, Any]) -> None:
    try:
        if secrets.get("private_key"):
            carrier.auth_publickey(told["user"], private_key(secrets["private_key"]))
        else:
            carrier.auth_password(told["user"], secrets.get("password", ""), fallback=False)
    except (paramiko.AuthenticationException, paramiko.BadAuthenticationType):
        raise Permanent("refused", f"{told['host']} does not let the user {told['user']} in.") from None
    except (paramiko.SSHException, EOFError) as away:
        raise Temporary("unreachable", f"{told['host']} broke off: {away}.") from None


def private_key(text: str) -> paramiko.PKey:
    for kind in (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey):
        with contextlib.suppress(paramiko.SSHException, ValueError):
            return kind.from_private_key(io.StringIO(text.strip() + "\n"))
    raise Permanent("settings", "The private key cannot be read; it has to be one without a pass phrase.")


def poll(interface: Interface, secrets: dict[str, Any]) -> int:
    with _told(interface), opened(interface.settings, secrets) as place:
        return files.look(interface, place)


@contextlib.contextmanager
def _told(interface: Interface) -> Iterator[None]:
    try:
        yield
    except (paramiko.SSHException, EOFError) as broken:
        raise Temporary("unreachable", f"{interface.settings['host']} broke off: {broken}.") from None


def probe(interface: Interface, secrets: dict[str, Any]) -> Iterable[Finding]:
    known = _("The host shows the key that was agreed, and lets us in")
    try:
        with _told(interface), opened(interface.settings, secrets) as place:
            found = [Finding(known, True, interface.settings["host"])]
            return found + _probed(place)
    except ConnectorError as problem:
        return [Finding(known, False, problem.message)]


def _probed(place: Remote) -> list[Finding]:
    """The claim has to be sure: a rename onto a name that is there must fail."""
    found = []
    try:
        for name in ("a", "b"):
            place.write(f"qms-test-{name}.tmp", b"test")
        found.append(Finding(_("It may be read and written"), True, ""))
        try:
            place.move("qms-test-a.tmp", "qms-test-b.tmp")
            sure = False
        except FileExistsError:
            sure = True
        found.append(Finding(_("A rename never overwrites"), sure, ""))
        names = [one.name for one in place.entries("") if not one.is_folder and not one.name.endswith(".tmp")]
        found.append(Finding(_("Files that wait"), True, ", ".join(sorted(names)[:5]) or "0"))
    except OSError as refused:
        found.append(Finding(_("It may be read and written"), False, f"{type(refused).__name__}: {refused}"))
    finally:
        for name in ("a", "b"):
            with contextlib.suppress(OSError):
                place.remove(f"qms-test-{name}.tmp")
    return found
