"""What language models and note-taking programs leave behind: taken out and told, and nothing else is."""

from __future__ import annotations

import pytest

from tests.digest.reading import HEAD, bodies, codes, heads, read

MODEL_SENTENCE = "D502-model-sentence"
DAY = """
    1. [One](https://e.org/1)

       Text one.

    2. [Two](https://e.org/2)

       Text two.

    ## 点评

    That is all.

    {last}
"""


@pytest.mark.parametrize(
    "offer",
    [
        "Let me know if you'd like me to adjust the tone!",
        "Would you like me to shorten it?",
        "I hope this helps!",
        "¿Quieres que lo acorte?",
        "Дайте знать, если нужно что-то изменить!",
        "원하시면 분량을 조정해 드리겠습니다.",
        "ご希望であれば、表現を調整します。",
        "需要我调整语气吗？",
        "如需調整，請告訴我。",
    ],
)
def test_offer_of_a_model_is_left_out_and_told(offer: str) -> None:
    digest = read(DAY.format(last=offer))
    assert offer not in digest.commentary.plain
    assert "That is all." in digest.commentary.plain
    (problem,) = [problem for problem in digest.problems if problem.code == MODEL_SENTENCE]
    assert (problem.line, offer in problem.message) == (18, True)


@pytest.mark.parametrize(
    "words", ["Let me know if you have a tip.", "Would you believe it?", "我需要你的意见。", "Пишите нам!"]
)
def test_closing_words_of_a_person_stay(words: str) -> None:
    digest = read(DAY.format(last=words))
    assert MODEL_SENTENCE not in codes(digest)
    assert words in f"{digest.commentary.plain}\n{digest.trailing.plain}"


def test_link_between_notes_at_the_start_of_an_entry_is_its_headline() -> None:
    digest = read("""
        - [[下水道]]：地下的城市，见 [[城市笔记|那篇]]。 [链接](https://e.org/1)
        - **盐的价格**：两百年没有变过。 [链接](https://e.org/2)
    """)
    assert heads(digest) == [("下水道", "https://e.org/1"), ("盐的价格", "https://e.org/2")]
    assert digest.items[0].body.plain.startswith("地下的城市，见 那篇。")


NEWS = "1. [One](https://e.org/1)\n2. [Two](https://e.org/2)\n"
EDITORS_LEADS = [
    "Here are three stories we liked:",
    "Here's what happened on the coast:",
    "Below is the week in five links:",
    "Of course it rained again, and so:",
    "以下是昨夜的消息，共 2 条：",
    "下面是本周的两件事：",
    "好的消息有两条：",
    "以下は昨日の二件です：",
    "다음은 어젯밤의 소식 두 가지:",
    "Вот подборка за вчера:",
    "A continuación, dos noticias:",
    "読者の皆さまからご要望の多かった二件！",
    "ご要望の多かった記事はこちら：",
    "구독자분들이 가장 많이 요청하신 두 가지:",
]
LEADS_TO_READERS = [
    "Of course, it was all about chips this week:",
    "Certainly, a slow week:",
    "Here are five links for your weekend:",
    "Here's what you wanted to know about chips:",
    "As requested by many of you, two longer stories:",
    "当然，今天最重要的还是芯片：",
    "这是你本周不能错过的两件事：",
    "以下是你需要知道的新闻：",
    "Конечно, главное сегодня — чипы:",
    "Вот ваши любимые ссылки:",
    "Claro, hoy todo son chips:",
    "Aquí tienes dos enlaces:",
    "네, 오늘도 두 가지!",
    "はい、今日も二本だけ！",
    "もちろん、今日もチップの話：",
]
MODELS_LEADS = [
    "Sure! Here is the newsletter:",
    "Certainly, here are the two stories:",
    "Here is your digest for today:",
    "Here's the summary you asked for:",
    "As requested, the two stories:",
    "好的，以下是今天的简报：",
    "当然！这是今日简报：",
    "以下是您要的日报：",
    "以下是为您整理的新闻：",
    "はい、本日のニュースです：",
    "以下はご依頼のまとめです：",
    "다음은 요청하신 요약입니다:",
    "Вот ваш дайджест:",
    "¡Claro! Aquí va el resumen:",
    "Конечно! Вот дайджест за сегодня:",
    "물론입니다! 다음은 오늘의 뉴스입니다:",
    "承知しました。以下は本日のまとめです：",
    "下面是今天您要的日报：",
    "Aquí tienes tu resumen:",
]


@pytest.mark.parametrize("lead", EDITORS_LEADS)
@pytest.mark.parametrize("head", [HEAD, "Title: News\nDate: 2025-09-12\n\n", "# News of 2025-09-12\n\n", ""])
def test_editors_lead_to_the_news_stays(lead: str, head: str) -> None:
    digest = read(f"{lead}\n\n{NEWS}", head=head)
    assert MODEL_SENTENCE not in codes(digest)
    assert lead in f"{digest.title}\n{digest.intro.plain}\n{digest.items[0].section}"
    assert len(digest.items) == 2


@pytest.mark.parametrize("lead", LEADS_TO_READERS)
def test_lead_to_readers_below_front_matter_stays(lead: str) -> None:
    digest = read(f"{lead}\n\n{NEWS}")
    assert MODEL_SENTENCE not in codes(digest)
    assert lead in f"{digest.intro.plain}\n{digest.items[0].section}"


@pytest.mark.parametrize("field", ["Date: 24 November 2026", "Tags: AI"])
def test_name_above_a_rule_and_a_line_like_a_field_stays(field: str) -> None:
    digest = read(f"The Daily Brief\n\n---\n\n{field}\n\n{NEWS}", head="")
    assert MODEL_SENTENCE not in codes(digest)
    assert "The Daily Brief" in f"{digest.title}\n{digest.intro.plain}"
    assert field not in digest.title


@pytest.mark.parametrize("agreement", ["Sure!", "好的！", "承知しました！"])
@pytest.mark.parametrize("head", [HEAD, ""])
def test_agreement_and_the_lead_below_it_are_left_out(agreement: str, head: str) -> None:
    digest = read(f"{agreement}\n\nHere is your digest:\n\n{NEWS}", head=head)
    told = [problem.line for problem in digest.problems if problem.code == MODEL_SENTENCE]
    assert len(told) == 2
    assert told[1] - told[0] == 2
    assert not digest.intro.plain


@pytest.mark.parametrize("lead", MODELS_LEADS)
@pytest.mark.parametrize("head", [HEAD, ""])
def test_model_lead_to_who_asked_is_left_out(lead: str, head: str) -> None:
    digest = read(f"{lead}\n\n{NEWS}", head=head)
    assert MODEL_SENTENCE in codes(digest)
    assert lead not in f"{digest.title}\n{digest.intro.plain}"
    assert len(digest.items) == 2


@pytest.mark.parametrize("lead", [*EDITORS_LEADS[:1], *EDITORS_LEADS[4:6]])
@pytest.mark.parametrize(
    "below", [HEAD, "# News of 2025-09-12\n\n", "---\n\n## News\n\n", "**News of 2025-09-12**\n\n"]
)
def test_lead_above_the_title_is_left_out(lead: str, below: str) -> None:
    digest = read(f"{lead}\n\n{below}{NEWS}", head="")
    assert MODEL_SENTENCE in codes(digest)
    assert lead not in f"{digest.title}\n{digest.intro.plain}"


def test_introduction_above_a_rule_and_a_labelled_line_stays() -> None:
    digest = read(f"A windy day on the coast.\n\n---\nUpdate: the ferry runs again.\n\n{NEWS}")
    assert MODEL_SENTENCE not in codes(digest)
    assert "windy day" in digest.intro.plain


CLOSINGS = [
    "I trust this brief serves you well! Tell me if another format suits you.",
    "Let me know if a longer version is wanted!",
    "但愿这份简报对您有用！要改格式或补充，随时说。",
    "このまとめがお役に立てば幸いです。",
    "Надеюсь, обзор пригодится!",
]


@pytest.mark.parametrize("closing", CLOSINGS)
@pytest.mark.parametrize("rule", ["", "---\n\n"])
@pytest.mark.parametrize("fence", ["```markdown", "~~~md", "```"])
def test_fence_with_closing_words_below_is_opened(closing: str, rule: str, fence: str) -> None:
    page = f"好的，以下是早报：\n\n{fence}\n# 早报 2025-09-12\n\n{NEWS}{fence[:3]}\n\n{rule}{closing}"
    digest = read(page, head="")
    assert [head for head, _ in heads(digest)] == ["One", "Two"]
    assert {MODEL_SENTENCE, "D503-fenced-text"} <= set(codes(digest))
    assert any(closing in problem.message for problem in digest.problems)
    assert closing not in f"{digest.intro.plain}{digest.items[-1].body.plain}{digest.commentary.plain}"


@pytest.mark.parametrize("opening", ["Voici votre résumé du jour :", "Your summary follows.", "为您备好今天的简报。"])
def test_words_above_a_markdown_fence_around_all_are_left_out(opening: str) -> None:
    digest = read(f"{opening}\n\n```markdown\n{HEAD}{NEWS}```\n\nBye for now!", head="")
    assert (digest.title, len(digest.items)) == ("早报", 2)
    told = [problem.message for problem in digest.problems if problem.code == MODEL_SENTENCE]
    assert [opening in told[0], "Bye for now!" in told[1]] == [True, True]


@pytest.mark.parametrize(
    "page",
    [
        f"```python\nprint(1)\n```\n\n{NEWS}",
        "```\nlet x = 1\nlet y = 2\n```\n\nThat is all the code of today.",
        f"```markdown\n{NEWS}```\n\nOne paragraph.\n\nAnd another one.",
        f"```markdown\n{NEWS}```\n\n[A link](https://e.org/3) is news.",
        f"```markdown\n{NEWS}```\n\n## A section",
    ],
)
def test_fence_that_is_not_all_of_the_text_stays(page: str) -> None:
    assert not {"D503-fenced-text", MODEL_SENTENCE} & set(codes(read(page)))


@pytest.mark.parametrize("head", [HEAD, ""])
@pytest.mark.parametrize("closing", ["", "Bye.\n"])
@pytest.mark.parametrize(("fence", "last"), [("```text", "```"), ("~~~markdown", "~~~"), ("```text", "````")])
def test_news_between_two_fences_stays(head: str, closing: str, fence: str, last: str) -> None:
    code = f"{fence}\n- ls\n- cd\n{last}\n"
    digest = read(f"{code}\n{NEWS}\n{code}\n{closing}", head=head)
    assert not {"D503-fenced-text", MODEL_SENTENCE} & set(codes(digest))
    assert [head for head, _ in heads(digest)] == ["One", "Two"]


@pytest.mark.parametrize(("fence", "inner"), [("```", "```bash"), ("````", "```"), ("```", "~~~")])
def test_fence_around_code_is_opened(fence: str, inner: str) -> None:
    digest = read(f"{fence}markdown\n{NEWS}\n{inner}\nls\n{inner[:3]}\n{fence}\n")
    assert "D503-fenced-text" in codes(digest)
    assert [head for head, _ in heads(digest)] == ["One", "Two"]


def test_editors_words_above_a_fence_below_front_matter_stay() -> None:
    digest = read(f"A quiet day on the coast.\n\n```markdown\n{NEWS}```")
    assert MODEL_SENTENCE not in codes(digest)


@pytest.mark.parametrize("fence", ["```markdown", "~~~"])
def test_no_items_names_the_fence_that_hides_them(fence: str) -> None:
    digest = read(f"Words above.\n\nMore words.\n\n{fence}\n{NEWS}{fence[:3]}\n\nWords below.\n\nMore words.\n")
    (problem,) = [problem for problem in digest.problems if problem.code == "D201-no-items"]
    assert (problem.line, fence[:3] in problem.message) == (10, True)


CODES = {
    "highlighted words": "puts '==done=='",
    "a type": "main:: IO",
    "a type in Haskell": "main :: IO ()\nadd:: Int -> Int",
    "a link between notes": "see [[Chips]] and ![[map.png]]",
    "a comment": "%% tuning %%",
    "an anchor": "words ^anchor",
    "a callout": "> [!note] Title",
    "a footnote": "text[^1]\n\n[^1]: The note.",
    "escaped numbers": "1\\. One\n2\\. Two",
    "copied messages": "Ann, [24.11.2026 08:00]\nHi\n\nBob, [24.11.2026 08:01]\n[Forwarded from Ann]\nHo",
}


@pytest.mark.parametrize("code", CODES.values(), ids=CODES)
@pytest.mark.parametrize(
    ("fence", "closing"), [("```", "```"), ("~~~~text", "~~~~~"), ("``` ruby", "````"), ("```", "")]
)
def test_text_in_a_block_of_code_stays(code: str, fence: str, closing: str) -> None:
    block = f"{fence}\n{code}\n{closing}".replace("\n", "\n   ").rstrip()
    digest = read(f"1. [One](https://e.org/1)\n\n   Text.\n\n   {block}\n")
    assert bodies(digest) == [f"Text.\n\n{code}"]
    assert not {problem for problem in codes(digest) if problem.startswith("D50")}


def test_marks_beside_a_block_of_code_are_left_out() -> None:
    digest = read("""
        1. [One](https://e.org/1)

           A ==bright== word[^1].

           ```ruby
           puts '==done=='
           ~~~
           ```

           Another ==bright== word, in ```==three== backticks```.

        [^1]: The note.
    """)
    assert bodies(digest) == [
        "A bright word (The note.).\n\nputs '==done=='\n~~~\n\nAnother bright word, in ==three== backticks."
    ]
