"""What language models and note-taking programs leave behind: taken out and told, and nothing else is."""

from __future__ import annotations

import pytest

from tests.digest.reading import codes, heads, read

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
