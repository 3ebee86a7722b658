"""`python -m bench.seed`: the demo plant's people, master data and codes in the scratch database; prints the MES's token."""

import django


def main() -> None:
    django.setup()
    from connectors.actions import connect
    from qms import journal
    from qms.demo import cast, codes, mirror

    people = cast.ensure_cast()
    site = people["engineer"].valid_grants[0].site
    mirror.load(site=site)
    codes.ensure_codes()
    connect(
        code="mes-aug", name="MES", kind="mes", adapter="rest", base_url="", settings={}, secrets={}, site=site, mode="live",
        by=journal.SYSTEM,
    )  # fmt: skip
    print(cast.issue_tokens()["mes"])


if __name__ == "__main__":
    main()
