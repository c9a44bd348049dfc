"""Choose which of an item's links is its own: the one that a press on the headline opens."""

from __future__ import annotations

from collections.abc import Iterator

from digest.segmentation.text_metrics import first_span, is_covered_by, is_read_more_label, link_spans
from digest.segmentation.vocabulary import NameKind, is_kind
from domain.chat.text import Span, Style, Text

_MAX_NAME_CHARACTERS = 24
_LABEL_SIGNS = "•> -–—(（*🔗"
_COLONS = (":", "：")


def choose_item_url(headline: Text, body: Text) -> str:
    """Choose the item's link: the headline's, else the body's source, else its first link.

    In a sentence that begins with a linked name, it is the source in brackets at the end: `[A] does X. ([s](u))`.
    An author's link is the item's only where there is no other.
    """
    own = [link for link, _ in _labelled_links(headline)]
    bracketed = _bracketed_source(body) or _bracketed_source(headline)
    if own and bracketed and not is_covered_by(headline, Style.LINK) and _is_name(own[0]):
        return bracketed
    if own:
        return own[0].value
    author = first_span(headline, Style.LINK) or first_span(body, Style.LINK)
    return _bracketed_source(_first_line(body)) or _source_in(body) or (author.value if author else "")


def _source_in(body: Text) -> str:
    """Return the first link whose words say that it is the source, else that behind such words, else the first one."""
    labelled = list(_labelled_links(body))
    links = [one for one in labelled if not _is_secondary(*one, body)] or labelled[:1]
    within = (
        link
        for link, label in links
        if is_read_more_label(body.plain[link.start : link.end])
        and (not label.endswith(_COLONS) or is_read_more_label(label.rstrip(":： ")))
    )
    behind = (link for link, label in links if label.endswith(_COLONS) and is_read_more_label(label.rstrip(":： ")))
    chosen = next(within, None) or next(behind, None) or next((link for link, _ in links), None)
    return chosen.value if chosen else ""


def _is_secondary(link: Span, label: str, text: Text) -> bool:
    """Whether a link leads to a discussion, code or another form of the same: `[HN](u)`, `Comments: [45](u)`.

    One behind the label of a source does not (`Source: [Forum](u)`), nor does one that goes on a sentence.
    """
    words, name = text.plain[link.start : link.end], label.rstrip(":：|｜ ")
    if label.endswith(_COLONS) and is_kind(name, NameKind.SECONDARY):
        return True
    if is_read_more_label(name) or not is_kind(words, NameKind.SECONDARY):
        return False
    return not (name and label[-1].isalnum())


def _labelled_links(text: Text) -> Iterator[tuple[Span, str]]:
    """Yield the links that lead to no author, with the words between each and the link above it in its line.

    Authors' are those to `@name`, and those behind `By` or `作者：` up to the next line or label.
    """
    above, is_authors = 0, False
    for link in link_spans(text):
        line = text.plain.rfind("\n", above, link.start) + 1
        label = text.plain[line or above : link.start].strip(_LABEL_SIGNS)
        if line or not above or label.endswith(_COLONS):
            is_authors = is_kind(label, NameKind.AUTHOR)
        above = link.end
        if not is_authors and text.plain[link.start] != "@":
            yield link, label


def _is_name(link: Span) -> bool:
    """Whether a link that a sentence begins with covers a word or two."""
    return link.start == 0 and link.end <= _MAX_NAME_CHARACTERS


def _bracketed_source(text: Text) -> str:
    """Return the last link if it ends the text in brackets; "" if it does not."""
    spans = link_spans(text)
    if not spans or text.plain[: spans[-1].start].rstrip()[-1:] not in ("(", "（"):
        return ""
    return spans[-1].value if text.plain[spans[-1].end :].strip() in (")", "）", ").", ")。", "）。") else ""


def _first_line(text: Text) -> Text:
    return text[: len(text.plain.partition("\n")[0])]
