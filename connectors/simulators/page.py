"""The panel: a plain page in both languages, its buttons, and the same as JSON for those who press them from a script.

GET /panel/state.json      POST /panel/faults {"side", "name", "rate", "next", "seconds", "calls"}     POST /panel/off
POST /panel/act {"act", …}                          JSON is answered with the state, a form with the page
"""

from __future__ import annotations

import json
import tomllib
from functools import cache
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from connectors.simulators.faults import Faults
from connectors.simulators.server import Answer, Asked, as_json

HERE = Path(__file__).parent
LANGUAGES = ("en", "zh-hans")
POLICY = "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
SHOWN = 40


@cache
def texts() -> dict[str, dict[str, str]]:
    """Key → language → text."""
    found: dict[str, dict[str, str]] = tomllib.loads((HERE / "texts.toml").read_text())
    return found


class Words:
    def __init__(self, language: str) -> None:
        self.language = language if language in LANGUAGES else "en"

    def __call__(self, key: str) -> str:
        """The text, safe in HTML; a key without one is shown as it is."""
        return escape(texts().get(key, {}).get(self.language, key))


def language_of(asked: Asked) -> str:
    chosen = asked.query.get("lang", "")
    if chosen in LANGUAGES:
        return chosen
    return "zh-hans" if asked.headers.get("accept-language", "").lower().startswith("zh") else "en"


def answer(simulator: Any, asked: Asked) -> Answer:
    if asked.method == "POST":
        return _pressed(simulator, asked)
    if asked.path == "/panel/state.json":
        return as_json(state(simulator))
    if asked.path == "/panel/style.css":
        return Answer(200, (HERE / "style.css").read_bytes(), "text/css; charset=utf-8")
    if asked.path != "/":
        return as_json({"message": "There is nothing here."}, 404)
    body = html(simulator, Words(language_of(asked))).encode()
    return Answer(
        200, body, "text/html; charset=utf-8", {"Content-Security-Policy": POLICY, "Cache-Control": "no-store"}
    )


def _pressed(simulator: Any, asked: Asked) -> Answer:
    is_form = "json" not in asked.headers.get("content-type", "")
    try:
        told = dict(parse_qsl(asked.body.decode(), keep_blank_values=True)) if is_form else asked.content()
        doing = {"/panel/faults": _set, "/panel/off": _off, "/panel/act": _act}[asked.path]
        doing(simulator, {name: str(value) for name, value in told.items()})
    except (KeyError, ValueError, AttributeError) as wrong:
        return as_json({"message": f"Not understood: {wrong}"}, 422)
    if is_form:
        return Answer(303, b"", "text/plain", {"Location": f"/?lang={Words(told.get('lang', '')).language}"})
    return as_json(state(simulator))


def _sides(simulator: Any) -> dict[str, Faults]:
    return {side: getattr(simulator, side) for side in ("answers", "sends") if hasattr(simulator, side)}


def _set(simulator: Any, told: dict[str, str]) -> None:
    faults = _sides(simulator)[told.get("side") or "answers"]
    if told.get("seconds"):
        faults.seconds = min(max(float(told["seconds"]), 0.0), 60.0)
    if told.get("calls"):
        faults.writes_only = told["calls"] == "writes"
    if told.get("name"):
        rate, following = (float(told[name]) if told.get(name) else None for name in ("rate", "next"))
        faults.put(told["name"], rate=rate, next=None if following is None else int(following))


def _off(simulator: Any, told: dict[str, str]) -> None:
    for faults in _sides(simulator).values():
        faults.off()


def _act(simulator: Any, told: dict[str, str]) -> None:
    simulator.acts()[told.pop("act")](told)


def state(simulator: Any) -> dict[str, Any]:
    sides = {side: {"seconds": faults.seconds, "faults": faults.told()} for side, faults in _sides(simulator).items()}
    return {"name": simulator.name, "faults": sides, "log": simulator.log.told(), **simulator.state()}


# --- the page -----------------------------------------------------------------------------------------------------------


def html(simulator: Any, say: Words) -> str:
    other = next(one for one in LANGUAGES if one != say.language)
    lang = {"zh-hans": "zh-Hans"}.get(say.language, say.language)
    title = say(f"title.{simulator.name}")
    parts = [
        f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="stylesheet" href="/panel/style.css"></head><body>',
        f'<header><h1>{title}</h1><nav><a href="/?lang={say.language}">{say("renew")}</a> '
        f'<a href="/?lang={other}" hreflang="{other}">{say("language")}</a></nav></header><p>{say(f"about.{simulator.name}")}</p>',
        _buttons(simulator, say), *(_faults(side, faults, say) for side, faults in _sides(simulator).items()),
        _off_button(say), *_lists(simulator, say), "</body></html>",
    ]  # fmt: skip
    return "".join(parts)


def _form(path: str, say: Words, inner: str) -> str:
    return f'<form method="post" action="{path}"><input type="hidden" name="lang" value="{say.language}">{inner}</form>'


def _buttons(simulator: Any, say: Words) -> str:
    told = [
        _form("/panel/act", say, f'<button name="act" value="{name}">{say(f"act.{name}")}</button>')
        for name in simulator.acts()
        if name != "answer"
    ]
    running = (
        say("running" if getattr(simulator, "is_running", False) else "resting") if simulator.name == "mes" else ""
    )
    return f'<section><h2>{say("buttons")}</h2><p>{running}</p><div class="row">{"".join(told)}</div></section>'


def _faults(side: str, faults: Faults, say: Words) -> str:
    lines = []
    for name, told in faults.told().items():
        state = say("on") if faults.is_set(name) else say("off")
        inner = (
            f'<input type="hidden" name="side" value="{side}"><input type="hidden" name="name" value="{name}">'
            f'<label>{say("rate")} <input name="rate" type="number" min="0" max="100" step="any" value="{told["rate"]:g}"></label> '
            f'<label>{say("next")} <input name="next" type="number" min="0" value="{told["next"]}"></label> <button>{say("set")}</button>'
        )
        lines.append(
            f'<tr><th scope="row">{say(f"fault.{name}")}<small>{say(f"{side}.{name}")}</small></th><td>{state}</td>'
            f"<td>{told['met']}</td><td>{_form('/panel/faults', say, inner)}</td></tr>"
        )
    calls = "".join(
        f'<option value="{value}"{" selected" if faults.writes_only == (value == "writes") else ""}>{say(f"calls.{value}")}</option>'
        for value in ("all", "writes")
    )
    inner = (
        f'<input type="hidden" name="side" value="{side}"><label>{say("calls")} <select name="calls">{calls}</select></label> <label>'
        f'{say("seconds")} <input name="seconds" type="number" min="0" max="60" step="any" value="{faults.seconds:g}"></label> '
        f"<button>{say('set')}</button>"
    )
    head = "".join(f'<th scope="col">{say(name)}</th>' for name in ("fault", "state", "met", "change"))
    return (
        f'<section><h2>{say(f"faults.{side}")}</h2><div class="wide"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(lines)}</tbody></table></div>{_form('/panel/faults', say, inner)}</section>"
    )


def _off_button(say: Words) -> str:
    return _form("/panel/off", say, f"<button>{say('all_off')}</button>")


def _lists(simulator: Any, say: Words) -> list[str]:
    told = {name: value for name, value in simulator.state().items() if isinstance(value, list)}
    found = [_table(name, value, say) for name, value in {**told, "log": simulator.log.told()}.items()]
    if simulator.name == "mes":
        found.insert(0, _commands(simulator, say))
    return found


def _commands(simulator: Any, say: Words) -> str:
    """What is asked of the shop floor, with a button for each word of the handshake."""
    lines = []
    for key, row in list(simulator.commands.items())[::-1][:SHOWN]:
        inner = (
            f'<input type="hidden" name="act" value="answer"><input type="hidden" name="command" value="{escape(key)}">'
        )
        inner += "".join(
            f'<button name="state" value="{state}">{say(f"state.{state}")}</button>'
            for state in ("acknowledged", "executed", "rejected", "cancelled")
        )
        words = (row["kind"], row["record"], row["lot"], row["text"])
        told = "".join(f"<td>{escape(str(word))}</td>" for word in words)
        lines.append(
            f"<tr>{told}<td>{say('state.' + row['status'])}</td><td>{_form('/panel/act', say, inner)}</td></tr>"
        )
    return f'<section><h2>{say("asked")}</h2><div class="wide"><table><tbody>{"".join(lines) or _none(say)}</tbody></table></div></section>'


def _none(say: Words) -> str:
    return f"<tr><td>{say('none')}</td></tr>"


def _table(name: str, told: list[dict[str, Any]], say: Words) -> str:
    if name == "commands":
        return ""
    columns = list(told[0]) if told else []
    head = "".join(f'<th scope="col"><code>{escape(column)}</code></th>' for column in columns)
    lines = "".join(
        f"<tr>{''.join(f'<td>{escape(_short(row.get(column)))}</td>' for column in columns)}</tr>"
        for row in told[:SHOWN]
    )
    return (
        f'<section><h2>{say(f"list.{name}")} ({len(told)})</h2><div class="wide"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{lines or _none(say)}</tbody></table></div></section>"
    )


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 160 else f"{text[:160]} …"
