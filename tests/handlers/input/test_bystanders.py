"""Everyday sentences, headlines, questions and denials that must never end a subscription, erase data or broadcast."""

from __future__ import annotations

from itertools import product

import pytest

from domain.chat.commands import CommandName
from domain.chat.slot_arguments import SLOT_OFF
from handlers.input.intents import parse_intent
from tests.handlers.utterances.judge import CATEGORIES, CONTEXT, NOW

FIRMS = ("苹果", "华为", "OpenAI", "比亚迪", "谷歌", "英伟达", "特斯拉", "台積電", "Nokia", "the EU")
HEADLINES_ZH = (
    "{}取消了年底的发布会",
    "{}宣布停止更新旧款手机",
    "{}用户集体退订会员服务",
    "{}删除了所有用户数据",
    "{}被要求删除个人信息",
    "{}群发邮件致歉",
    "{}向全体员工发出通知",
    "{}退出北美市场",
    "{}註銷了百萬個帳號",
    "{}停止推送系统升级",
    "为什么大家都在退订{}",
    "{}的订阅费涨价了，取消订阅的人多了",
    "听说{}把数据都删了，是真的吗",
)
HEADLINES_EN = (
    "{} cancels its autumn event",
    "{} stops sending updates to old phones",
    "users unsubscribe from {} in droves",
    "{} deletes all user data after a fine",
    "{} told to erase personal data",
    "{} will broadcast the keynote to everyone",
    "{} leaves the market for good",
    "why did {} remove my account",
    "how do i cancel my {} subscription",
    "how to delete my {} account",
    "my boss says {} should stop everything",
    "{} forgets everyone who helped it",
)
NOT_ZH = (
    "不要",
    "别",
    "我不想",
    "我不要",
    "没说要",
    "先不",
    "暂时不",
    "千万别",
    "可不要",
    "請不要",
    "我没有要",
    "我不会",
    "還不想",
)
LEAVING_ZH = (
    "退订",
    "取消订阅",
    "退訂",
    "取消訂閱",
    "给我退订",
    "把我退订了",
    "删除我的数据",
    "清空我的数据",
    "刪除我的資料",
    "群发",
)
ENDS_ZH = ("", "啊", "，我还要看", "，只是问问", "！", "，谢谢")
NOT_EN = ("don't", "do not", "please don't", "never", "i don't want to", "i didn't", "no, don't", "pls dont", "i won't")
LEAVING_EN = (
    "unsubscribe me",
    "unsubscribe",
    "cancel my subscription",
    "remove me from the list",
    "delete my data",
    "erase my data",
    "delete all my data",
    "forget me",
    "take me off the list",
    "broadcast this to everyone",
)
ENDS_EN = ("", " please", ", i was only asking", " yet", "!", " thanks", " by mistake")
WHETHER_ZH = (
    "如果我{}会怎样",
    "{}之后还能回来吗",
    "我{}了吗",
    "是不是有人帮我{}了",
    "谁把我{}了",
    "我朋友想{}他的会员",
    "{}是什么意思",
)
WHETHER_EN = (
    "what happens if i {}",
    "did i {}?",
    "can i come back after i {}",
    "my friend wants to {} from netflix",
    "what does {} mean",
)
SMALL_TALK = (
    "今天好冷",
    "停电了",
    "我要停车",
    "我删错文件了",
    "忘了带钥匙",
    "你忘了我吗",
    "手机坏了",
    "我先走了",
    "不要紧",
    "别客气",
    "算了算了我自己来",
    "公司群发工资条",
    "群里有人发广告",
    "我退休了",
    "退一步海阔天空",
    "退钱",
    "快递被取消了",
    "i quit my job",
    "stop it, you are too kind",
    "stop by for coffee",
    "delete that last sentence",
    "forget it",
    "never mind",
    "leave it there",
    "get out of here, really?",
    "my train was cancelled",
    "cancel culture",
    "end of story",
    "no more wine for me",
    "i am done for today",
    "that's enough for today",
    "sign me out of my misery",
    "the broadcast starts at nine",
    "好",
    "好的",
    "嗯",
    "可以",
    "行",
    "不用了",
    "算了",
    "取消",
    "确定",
    "yes",
    "yes please",
    "do it",
    "go ahead",
    "ok, cancel that",
    "每周回顾不要了",
    "取消每週回顧",
    "stop the weekly recap",
    "什么都看",
    "清空收藏",
    "過年別發",
    "bye",
    "再见",
    "拜拜",
)


def _sentences() -> dict[str, None]:
    headlines = (text.format(firm) for text, firm in product(HEADLINES_ZH + HEADLINES_EN, FIRMS))
    denials = ("".join(parts) for parts in product(NOT_ZH, LEAVING_ZH, ENDS_ZH))
    english = (f"{denial} {wish}{end}" for denial, wish, end in product(NOT_EN, LEAVING_EN, ENDS_EN))
    asked = (text.format(wish) for text, wish in product(WHETHER_ZH, LEAVING_ZH))
    asked_in_english = (text.format(wish) for text, wish in product(WHETHER_EN, ("unsubscribe", "cancel", "erase")))
    kinds = (*headlines, *denials, *english, *asked, *asked_in_english, *SMALL_TALK)
    return dict.fromkeys(each for text in kinds for each in (text, text.upper(), f"{text} 😀"))


NEVER = (CommandName.STOP, CommandName.ERASE, CommandName.BROADCAST)


def _is_dangerous(text: str) -> bool:
    intent = parse_intent(text, CATEGORIES, CONTEXT.time_zones, NOW, CONTEXT.today)
    return intent is not None and (intent.command in NEVER or SLOT_OFF in intent.arguments.split())


@pytest.mark.parametrize("share", range(3))
def test_no_everyday_sentence_ends_or_erases_or_broadcasts(share: int) -> None:
    sentences = list(_sentences())
    assert len(sentences) > 3_000
    assert [text for text in sentences[share::12] if _is_dangerous(text)] == []
