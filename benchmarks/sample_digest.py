"""Generated digests in the reference form: seeded, of any size."""

from __future__ import annotations

import random

LARGEST_UNITS, LARGEST_ITEMS = 316_000, 819

SYLLABLES = "云算力模型芯片数据智能开源架构推理训练应用场景产业资本战略协议合作竞争用户服务平台系统全球技术未来增长"


def sample_digest(items: int, body_length: int, seed: int = 12) -> str:
    """Return front matter, introduction, numbered linked headlines with bodies, and a commentary."""
    generator = random.Random(seed)
    front = '---\ntitle: "2025.09.12 早报"\ndate: 2025-09-12T09:17:08+08:00\ncategories: ["产业", "技术"]\n---\n'
    blocks = []
    for number in range(1, items + 1):
        marker = f"{number}. ".ljust(4)
        headline = f"[第{number}件：{_sentence(generator, 36)[:-1]}](https://example.org/news/{number}.htm)"
        blocks.append(f"{marker}{headline}\n\n{' ' * len(marker)}{_paragraph(generator, body_length)}")
    commentary = "\n\n".join(_paragraph(generator, 200) for _ in range(3))
    return "\n\n".join([front, _paragraph(generator, 240), "---", *blocks, "---", "### **点评**", commentary]) + "\n"


def largest_digest() -> str:
    """Return the digest of 819 items whose bodies are as long as makes 316,000 UTF-16 units."""
    texts = (sample_digest(LARGEST_ITEMS, body_length) for body_length in range(280, 400, 40))
    return min(texts, key=lambda text: abs(len(text) - 372_000))


def _paragraph(generator: random.Random, length: int) -> str:
    """Return sentences of some forty characters, with one bold phrase."""
    sentences = [_sentence(generator, 42) for _ in range(max(1, length // 40))]
    return "".join([f"**{generator.choice(SYLLABLES) * 4}**增长，", *sentences])


def _sentence(generator: random.Random, length: int) -> str:
    middle = "".join(generator.choice(SYLLABLES) for _ in range(length - 12))
    return f"{middle[:-20]}，OpenAI{middle[-20:]}。"
