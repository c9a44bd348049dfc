"""Take out what a language model writes around the text that it was asked for; line numbers stay.

`answer -> without the sentence before it, the sentence behind it, and the fence around it`
"""

from __future__ import annotations

import re
from itertools import pairwise

from digest.model import Problem
from digest.problems import ProblemCode, make_problem, quote_whole
from domain.chat.i18n import gettext_noop

_LEAD_WORDS = re.compile(
    r"(?:sure|certainly|of course|absolutely|here(?:['’]s| is| are)|below is|as requested|"
    r"¡?claro|por supuesto|aquí (?:tienes|está|va)|a continuación|"
    r"вот (?:ваш|твой|подборк|дайджест|сводк)|конечно|разумеется|"
    r"네,|물론|다음은|여기|요청하신|오늘의 (?:다이제스트|뉴스)|"
    r"はい|承知|かしこまり|もちろん|以下は|こちら(?:が|は)|本日のニュースを|ご依頼の|"
    r"好的|当然|當然|没问题|沒問題|以下是|下面是|这是您|這是您)",
    re.IGNORECASE,
)
"""What begins the sentence of a model, and of many an editor."""

_AGREES = re.compile(
    r"(?:(?:sure(?: thing)?|certainly|absolutely|of course)\s*[!,.:—–-]|¡?(?:claro|por supuesto)\s*[!,.:]|"
    r"(?:конечно|разумеется)\s*[!,.:]|네\s*[,.!]|물론(?:입니다|이죠|이에요)?\s*[!,.]|"
    r"はい[、。！!]|もちろん(?:です)?[、。！!]|(?:承知(?:し|いた)|かしこまり)[^、。！!]*[、。！!]|"
    r"(?:好的|没问题|沒問題|当然(?:可以)?|當然(?:可以)?)\s*[，,。！!：:])\s*",
    re.IGNORECASE,
)
_HANDS_OVER = re.compile(
    r"here(?:['’]s| is| are)\b|below (?:is|are)\b|aquí (?:tienes|está|va)|a continuación|вот\b|다음은|여기|"
    r"(?:以下|こちら)[はが]|本日の|以下是|下面是|这是|這是",
    re.IGNORECASE,
)
_SPEAKS_TO_WHO_ASKED = re.compile(
    r"as (?:you )?(?:requested|asked)\s*[,:]|"
    r"(?:here(?:['’]s| is| are)|below (?:is|are))\b.*\b(?:you(?:['’]ve)? (?:asked|requested|wanted)|as requested)\b|"
    r"(?:here(?:['’]s| is)|below is) your (?:[\w-]+ ){0,3}"
    r"(?:digest|summary|brief|briefing|newsletter|round-?up|recap)\b|"
    r"aquí tienes (?:tu|su|el|la)\b|вот (?:ваш|твой|тво[яи])|"
    r"(?:(?:다음은|여기)\s*)?요청하신|(?:(?:以下|こちら)[はが]、?)?ご(?:依頼|要望|希望)の|"
    r"(?:以下是|下面是|这是|這是).*(?:您|你)(?:整理|准备|準備|生成|总结|總結|汇总|彙總|要|需要|请求|請求|想要)?的",
    re.IGNORECASE,
)
_DIGEST = re.compile(
    r"\b(?:digest|summar(?:y|ies)|brief(?:ing)?|newsletter|round-?up|recap|here you (?:go|are))\b|"
    r"\b(?:resumen|boletín)\b|\b(?:дайджест|сводк|обзор|подборк)|요약|다이제스트|뉴스레터|브리핑|"
    r"まとめ|要約|ダイジェスト|ニュースレター|[简簡][报報讯訊]|[日早晚周週快][报報]|摘要|[总總][结結]",
    re.IGNORECASE,
)
_NEWS = re.compile(
    r"\b(?:news|stories|items)\b|\bnoticias\b|\bновост|뉴스|소식|ニュース|新[闻聞]|[资資][讯訊]", re.IGNORECASE
)
"""What a model was asked for, and many an editor writes about."""

_OFFER = re.compile(
    r"let me know if you(?:['’]d| would)? (?:like|want|need|prefer) (?:me to|any (?:changes|edits|adjustments))|"
    r"(?:would|do) you (?:like|want) me to|(?:i )?hope this helps[.!]|"
    r"i can (?:also )?(?:adjust|shorten|expand|rewrite)|"
    r"¿(?:quieres|desea|te gustaría) que (?:lo |la )?(?:ajuste|acorte|amplíe|cambie)|avísame si quieres que|"
    r"(?:хотите|если хотите|нужно ли), (?:чтобы я|я могу)|дайте знать, если (?:нужно|хотите) (?:что-то )?изменить|"
    r"(?:원하시면|필요하시면) .{0,40}(?:수정|조정|추가)|(?:ご希望|必要)(?:であれば|でしたら).{0,40}(?:調整|修正|追加)|"
    r"(?:如果)?(?:你|您)?(?:需要|需不需要|要不要)我.{0,40}(?:调整|修改|补充|調整|補充)|"
    r"(?:如需|如果需要)(?:调整|修改|調整)",
    re.IGNORECASE,
)
_FENCE = re.compile(r"(`{3,}|~{3,})[ \t]*(markdown|md|mdx|yaml|text|txt)?[ \t]*", re.IGNORECASE)
_ANY_FENCE = re.compile(r"[ \t]*(?:`{3,}|~{3,})")
_MARKDOWN = re.compile(r"[ \t]*(?:#{1,6} |[-*+] |\d{1,3}[.)、]|\*\*\S)|.*\]\(")
_FRONT = re.compile(r"(?:---|\+\+\+)[ \t]*")
_FRONT_FIELD = re.compile(r"\s*(title|date|categor(?:y|ies)|tags|draft|lang|slot)\s*[:=]", re.IGNORECASE)
_RULE = re.compile(r"(?:-{3,}|\*{3,}|_{3,})[ \t]*")
_TITLE = re.compile(r"#{1,6}[ \t]|(?:\*\*|__).+(?:\*\*|__)[ \t]*$|(?:-{3,}|\*{3,}|_{3,}|\+\+\+)[ \t]*$")
_LEAD_ENDS = (":", "：", "!", "！")
_NO_SENTENCE = "#-*+>|<[`{1234567890"
"""What no sentence of a model begins with."""

_MAX_SENTENCE_CHARACTERS = 160
_MIN_FENCED_LINES = 3
_MIN_MARKDOWN_LINES = 2

_LEFT_OUT = gettext_noop("A sentence to whoever asked for the text is left out: {text}.")

_Step = tuple[str, list[Problem]]


def without_answer(text: str, line: int) -> _Step:
    """Take out what stands around the text, which begins at `line` of its file: below its front matter if not 1.

    An editor's own words hardly stand above the front matter, but often below it.
    """
    problems: list[Problem] = []
    for step in (_without_lead, _without_offer, _without_fence):
        text, found = step(text, line)
        problems.extend(found)
    return text, problems


def _line_of(text: str, at: int, first: int) -> int:
    return text.count("\n", 0, at) + first


def _without_lead(text: str, line: int) -> _Step:
    """Take out the first lines if a model wrote them to whoever asked: "Sure!", "Here is your digest:"."""
    lines = text.split("\n")
    filled = [at for at, each in enumerate(lines) if each.strip()]
    is_below_front = line > 1
    problems: list[Problem] = []
    for at, below in pairwise((*filled, len(lines) - 1)):
        lead = lines[at].strip()
        is_alone = at + 1 < len(lines) and not lines[at + 1].strip()
        two_below = lines[below : below + 2]
        if not is_alone or not _is_sentence(lead) or not _is_lead(lead, two_below, is_below_front=is_below_front):
            break
        lines[at] = ""
        problems.append(make_problem(ProblemCode.MODEL_SENTENCE, _LEFT_OUT, line + at, text=quote_whole(lead)))
    return "\n".join(lines), problems


def _is_sentence(words: str) -> bool:
    return len(words) <= _MAX_SENTENCE_CHARACTERS and words[0] not in _NO_SENTENCE


def _is_lead(lead: str, below: list[str], *, is_below_front: bool) -> bool:
    """Whether a model wrote the first line, by its words and by the lines below it."""
    first, second = (each.strip() for each in (*below, "", "")[:2])
    if not is_below_front and _FRONT.fullmatch(first) and _FRONT_FIELD.match(second):
        return True
    if _LEAD_WORDS.match(lead) and _FENCE.fullmatch(first):
        return True
    if not lead.endswith(_LEAD_ENDS):
        return False
    has_title = not is_below_front and _TITLE.match(first) is not None
    return _is_answer(lead) or (has_title and _LEAD_WORDS.match(lead) is not None)


def _is_answer(lead: str) -> bool:
    """Whether a sentence agrees to a request, or speaks to whoever asked for a digest: editors speak to readers."""
    if agreement := _AGREES.match(lead):
        rest = lead[agreement.end() :]
        is_handed_over = _HANDS_OVER.match(rest) is not None and _NEWS.search(rest) is not None
        return not rest or is_handed_over or _DIGEST.search(rest) is not None
    names_text = _DIGEST.search(lead) is not None or _NEWS.search(lead) is not None
    return names_text and _SPEAKS_TO_WHO_ASKED.match(lead) is not None


def _without_offer(text: str, line: int) -> _Step:
    """Take out the last line if a model offers more in it to whoever asked: "Would you like me to shorten it?"."""
    above, _, last = text.rstrip().rpartition("\n\n")
    if len(last) > _MAX_SENTENCE_CHARACTERS or "\n" in last or not above.strip() or not _OFFER.match(last):
        return text, []
    found = make_problem(
        ProblemCode.MODEL_SENTENCE, _LEFT_OUT, _line_of(text, len(above) + 2, line), text=quote_whole(last)
    )
    return above + "\n" * text.count("\n", len(above)), [found]


def _without_fence(text: str, line: int) -> _Step:
    """Open a code fence around all of the text, or all below its title; one sentence may follow it.

    Another one may stand above a fence of Markdown unless the text is below its front matter, where an editor's would.
    """
    lines = text.split("\n")
    filled = [at for at, each in enumerate(lines) if each.strip()]
    if filled and lines[filled[0]].startswith("# "):
        filled = filled[1:]
    closing = _find_closing_words(lines, filled)
    opening = _find_opening_words(lines, filled) if line == 1 else []
    fenced = filled[len(opening) : len(filled) - len(closing)]
    if not _is_fence_around(lines, fenced, needs_markdown=bool(opening or closing)):
        return text, []
    message = gettext_noop("The whole text stands in a code fence; it was read without.")
    problems = [make_problem(ProblemCode.FENCED, message, line + fenced[0])]
    for words in filter(None, (opening, [at for at in closing if not _RULE.fullmatch(lines[at].strip())])):
        quoted = quote_whole("\n".join(lines[at] for at in words))
        problems.append(make_problem(ProblemCode.MODEL_SENTENCE, _LEFT_OUT, line + words[0], text=quoted))
    for at in (*opening, fenced[0], fenced[-1], *closing):
        lines[at] = ""
    return "\n".join(lines), problems


def _find_opening_words(lines: list[str], filled: list[int]) -> list[int]:
    """Return the line above a fence of Markdown if it is a sentence."""
    if len(filled) < 2 or not _is_plain_sentence([lines[filled[0]]]):
        return []
    fence = _FENCE.fullmatch(lines[filled[1]].strip())
    return filled[:1] if fence is not None and fence[2] else []


def _find_closing_words(lines: list[str], filled: list[int]) -> list[int]:
    """Return the lines below the last fence if they are one short paragraph, with or without a rule above it."""
    last = next((at for at in reversed(filled) if _ANY_FENCE.match(lines[at])), None)
    below = [at for at in filled if last is not None and at > last]
    words = below[1:] if below and _RULE.fullmatch(lines[below[0]].strip()) else below
    is_paragraph = bool(words) and words[-1] - words[0] == len(words) - 1
    return below if is_paragraph and _is_plain_sentence([lines[at] for at in words]) else []


def _is_plain_sentence(paragraph: list[str]) -> bool:
    """Whether a paragraph is short and has no link, and no mark of a list, heading or the like begins it."""
    words = " ".join(each.strip() for each in paragraph)
    return _is_sentence(words) and "](" not in words and "://" not in words


def _is_fence_around(lines: list[str], fenced: list[int], *, needs_markdown: bool) -> bool:
    """Whether the first and the last of these lines are a fence around the others, and those may be Markdown."""
    if len(fenced) < _MIN_FENCED_LINES:
        return False
    opening = _FENCE.fullmatch(lines[fenced[0]].strip())
    if opening is None or lines[fenced[-1]].strip() != opening[1]:
        return False
    if needs_markdown and sum(_MARKDOWN.match(lines[at]) is not None for at in fenced) < _MIN_MARKDOWN_LINES:
        return False
    inner = [lines[at].strip() for at in fenced[1:-1] if _ANY_FENCE.match(lines[at])]
    if inner and set(inner[0]) == {opening[1][0]} and len(inner[0]) >= len(opening[1]):  # it closes the first one
        return False
    return not len(inner) % 2 and not (inner and not opening[2])
