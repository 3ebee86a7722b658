"""Every text in code and templates has a Chinese translation that is not fuzzy and keeps the text's placeholders."""

import re
import sys

import messages
import polib

PLACEHOLDER = re.compile(r"%\(\w+\)|%[sd]|\{\w*\}")
SHOWN = 60


def problem(entry: polib.POEntry | None, text: messages.Text) -> str:
    if entry is None:
        return "is not in the catalogue (make messages)"
    if "fuzzy" in entry.flags:
        return "is marked fuzzy"
    answers = list(entry.msgstr_plural.values()) if text.plural else [entry.msgstr]
    if not answers or not all(answers):
        return "has no translation"
    wanted = set(PLACEHOLDER.findall(text.msgid)) | set(PLACEHOLDER.findall(text.plural))
    if any(not set(PLACEHOLDER.findall(answer)) <= wanted for answer in answers):
        return "has a placeholder in its translation that the text does not have"
    if not text.plural and set(PLACEHOLDER.findall(answers[0])) != wanted:
        return "lost a placeholder in its translation"
    return ""


def main() -> None:
    catalogue = polib.pofile(str(messages.CATALOGUE)) if messages.CATALOGUE.exists() else polib.POFile()
    known = {(entry.msgctxt, entry.msgid): entry for entry in catalogue if not entry.obsolete}
    found = messages.texts()
    problems = [
        f"{text.files[0]}: {text.msgid!r} {why}"
        for key, text in found.items()
        if (why := problem(known.get(key), text))
    ]
    for line in problems[:SHOWN]:
        print(line)
    if problems:
        sys.exit(f"{len(problems)} of {len(found)} texts are not translated into Chinese.")
    print(f"{len(found)} texts, all translated.")


if __name__ == "__main__":
    main()
