"""Text that people write, as safe HTML: paragraphs, emphasis, lists, quotes, code, links to web pages; nothing else."""

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

RULES = ("emphasis", "list", "blockquote", "backticks", "fence", "link", "newline", "escape")
MARKDOWN = MarkdownIt("zero", {"breaks": True}).enable([*RULES])
TAGS = {"p", "br", "em", "strong", "ul", "ol", "li", "blockquote", "code", "pre", "a"}


def prose(text: str) -> SafeString:
    html = nh3.clean(
        MARKDOWN.render(text),
        tags=TAGS,
        attributes={"a": {"href"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow",
    )
    return mark_safe(html)  # noqa: S308  # cleaned to the tags above by a parser, not by patterns
