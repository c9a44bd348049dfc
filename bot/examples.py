"""The example digests, and the evening at which the demo starts."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.files import load_classifier, read_files

PACKAGED = Path(str(files("bot") / "example_digests"))
"""Where a wheel carries the examples."""

EXAMPLES = PACKAGED if PACKAGED.is_dir() else Path(__file__).parents[1] / "examples" / "digests"
"""The folder of the examples: the wheel's, or the checkout's."""

ZONE = ZoneInfo("Asia/Shanghai")
EVENING = time(20, 0)


def evening_of_newest(folder: Path) -> datetime | None:
    """Return 20:00 on the newest digest's day, or five minutes after its publication if that is later.

    Return None if the folder has no digest with a date.
    """
    files = sorted(folder.glob("[!.]*.md"))
    read = read_files(files, load_classifier(None), ZONE)
    digests = [digest for file in read for digest in file.digests if digest.is_publishable]
    newest = max(digests, key=lambda digest: str(digest.date), default=None)
    if newest is None or newest.date is None:
        return None
    evening = datetime.combine(newest.date, EVENING, ZONE)
    return max(evening, newest.published_at + timedelta(minutes=5)) if newest.published_at else evening
