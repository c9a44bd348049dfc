"""Languages are found by what people call them, in any language of the bot."""

from __future__ import annotations

import pytest

from domain.chat.i18n import LANGUAGES, SPOKEN
from domain.chat.language_names import find_language, short_name


@pytest.mark.parametrize(
    ("name", "language"),
    [
        *(
            (name, "zh")
            for name in ("zh", " ZH ", "zh-Hans", "zh_CN", "zh-SG", "cn", "中文", "简体", "Chinese", "汉语")
        ),
        *((name, "zh") for name in ("Simplified Chinese", "簡體中文", "普通话")),
        *((name, "zh-hant") for name in ("zh-Hant", "zh-TW", "zh_HK", "zh-mo", "繁體中文", "繁体", "正體中文")),
        *((name, "zh-hant") for name in ("Traditional Chinese", "traditional", "繁中")),
        *((name, "en") for name in ("en", "EN", "en_GB", "English", "en-AU", "英文", "英语", "英語")),
        *((name, None) for name in ("xx", "C", "", "chinglish", "Klingon", "無")),
    ],
)
def test_language_is_found_by_its_names(name: str, language: str | None) -> None:
    assert find_language(name) == language


def test_every_language_is_found_by_its_own_name_code_and_locale() -> None:
    for language in SPOKEN:
        assert {find_language(name) for name in (language.code, language.name, language.locale)} == {language.code}


def test_short_names_name_no_script() -> None:
    assert [short_name(language) for language in ("zh", "zh-hant", "en")] == ["中文", "中文", "English"]
    assert all(map(short_name, LANGUAGES))
