"""`python -m bench.seed`: the demo plant's people, master data and codes in the scratch database; prints the MES's token."""

import django


def main() -> None:
    django.setup()
    from connectors.actions import connect
    from connectors.models import Kind, Mode
    from qms import journal
    from qms.accounts.models import Site
    from qms.demo import cast, codes, mirror

    cast.ensure_cast()
    site = Site.objects.get(code="AUG")
    mirror.load(site=site)
    codes.ensure_codes()
    connect(
        code="mes-aug", name="MES", kind=Kind.MES, adapter="cloudevents", base_url="", settings={}, secrets={}, site=site,
        mode=Mode.LIVE, by=journal.SYSTEM,
    )  # fmt: skip
    print(cast.issue_tokens()["mes"])


if __name__ == "__main__":
    main()
