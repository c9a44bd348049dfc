"""Decide whether a line names a section, by the general words that newsletters use for sections."""

from __future__ import annotations

import re

from domain.names import fold_name

MAX_SECTION_NAME_LENGTH = 8
"""Longest reading length of a section's name."""
_MAX_SECTION_NAME_WORDS = 5
_SECTION_PARTS = """
动态 资讯 新闻 要闻 快讯 快报 产品 应用 研究 论文 学术 项目 开源 产业 行业 公司 企业 融资 投资 创投 创业 资本
政策 监管 法规 治理 伦理 技术 前沿 大模型 模型 工具 框架 平台 生态 社区 社媒 分享 热点 热门 头条 速览 速递
国际 国内 海外 中国 全球 财经 经济 金融 科技 商业 安全 硬件 软件 芯片 算力 机器人 智能 人工 具身 自动 驾驶
教程 资源 其他 其它 更新 发布 进展 突破 合作 市场 趋势 推荐 精选 焦点 聚焦 盘点 观点 人物 巨头 娱乐 体育 社会
文化 生活 健康 医疗 汽车 游戏 军事 教育 数据 数码 手机 互联网 编程 开发 代码 落地 功能 重要 重磅 最新 深度
今日 本周 每日 ai 与 和 及 类 界
"""
_SECTION_PART = re.compile("|".join(sorted(_SECTION_PARTS.split(), key=len, reverse=True)))
_SECTION_WORDS = """
news headlines stories research science papers tools tool products product business policy industry startups launches
models funding programming development design data security hardware markets finance politics world technology tech
miscellaneous misc links hits reads articles tutorials resources releases updates opinion culture startup engineering
projects jobs other events
"""
_SECTION_WORD = frozenset(_SECTION_WORDS.split())
_ORDINAL = re.compile(r"^[一二三四五六七八九十]{1,3}、")
_WIDE = re.compile(r"[^\W\x00-\u2e7f]")


def is_section_name(plain: str) -> bool:
    """Whether the words can name a section: `行业动态` (general terms only), `Science & Research`."""
    if "#" in plain:
        return False  # tags at the end of an item
    if _WIDE.search(plain):
        name = fold_name(_ORDINAL.sub("", plain))
        return 0 < len(name) <= MAX_SECTION_NAME_LENGTH and not _SECTION_PART.sub("", name)
    words = re.findall(r"[A-Za-z]+", plain)
    short = 0 < len(words) <= _MAX_SECTION_NAME_WORDS and words[-1].lower() in _SECTION_WORD
    return short and all(word[0].isupper() or len(word) < 4 for word in words)
