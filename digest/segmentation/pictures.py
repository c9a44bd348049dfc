"""Find the pictures of a digest's parts, and decide what becomes of each in ordinary messages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from digest.model import NOT_SHOWN, Picture, PictureMode
from digest.parsing.inline import Omission, is_web_url
from digest.parsing.omissions import PictureFate
from digest.picture_file import PictureProblem, ReadPicture, address_key, picture_key, picture_problem
from digest.problems import ProblemCode
from digest.segmentation.block_assignment import DigestParts
from digest.segmentation.media import locate
from domain.chat.limits import ALBUM_PHOTOS

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:|//|#|\{\{", re.IGNORECASE)
"""Beginning of an address that is no path of a file."""


@dataclass(frozen=True, slots=True)
class FoundPictures:
    """The pictures that some layout shows, and what becomes of each image that was written."""

    pictures: tuple[Picture, ...]
    fates: Mapping[Omission, PictureFate]


def find_pictures(
    omissions: Iterable[Omission], parts: DigestParts, mode: PictureMode, read_picture: ReadPicture
) -> FoundPictures:
    """Return the pictures, each with the part below whose last block above it stands."""
    images = [one for one in omissions if one.code is ProblemCode.IMAGE]
    placed = [(position, image) for position, image in locate(images, parts) if position != NOT_SHOWN] if images else []
    match mode:
        case PictureMode.ALBUM:
            return _in_album(placed, read_picture)
        case PictureMode.NONE:
            fates = {image: PictureFate.RICH_ONLY for _, image in placed if is_web_url(image.url)}
            return FoundPictures(_on_the_web(placed), fates)
        case _:
            return FoundPictures(_on_the_web(placed), _preview_fates(placed))


def _on_the_web(placed: Iterable[tuple[int, Omission]]) -> tuple[Picture, ...]:
    return tuple(Picture(image.url, image.text, position) for position, image in placed if is_web_url(image.url))


def _preview_fates(placed: Iterable[tuple[int, Omission]]) -> dict[Omission, PictureFate]:
    """Return what becomes of pictures where the link preview of a message shows one of each item."""
    fates: dict[Omission, PictureFate] = {}
    seen: set[int] = set()
    for position, image in placed:
        if is_web_url(image.url):
            fates.setdefault(image, PictureFate.NOT_FIRST if position in seen else PictureFate.PREVIEW)
            seen.add(position)
        elif _is_path(image.url):
            fates[image] = PictureFate.NOT_ON_THE_WEB
    return fates


def _in_album(placed: Iterable[tuple[int, Omission]], read_picture: ReadPicture) -> FoundPictures:
    """Return the pictures of an album, as far as it has room, and others that are on the web."""
    pictures: list[Picture] = []
    fates: dict[Omission, PictureFate] = {}
    keys: set[str] = set()
    for position, image in placed:
        found = _key(image.url, read_picture)
        if isinstance(found, PictureFate):
            fates[image] = found
            continue
        is_new = found not in keys
        has_room = len(keys) < ALBUM_PHOTOS
        fates.setdefault(image, PictureFate.ALBUM if has_room or not is_new else PictureFate.ALBUM_FULL)
        if has_room and is_new:
            keys.add(found)
            pictures.append(Picture(image.url, image.text, position, found))
        elif is_web_url(image.url):
            pictures.append(Picture(image.url, image.text, position))
    return FoundPictures(tuple(pictures), fates)


def _key(url: str, read_picture: ReadPicture) -> str | PictureFate:
    """Return the name of a picture that can be a photo, or why it cannot."""
    if is_web_url(url):
        return address_key(url)
    if not _is_path(url):
        return PictureFate.LEFT_OUT
    read = read_picture(url)
    problem = read if isinstance(read, PictureProblem) else picture_problem(read)
    if problem is not None or isinstance(read, PictureProblem):
        return PictureFate[(problem or PictureProblem.MISSING).name]
    return picture_key(read)


def _is_path(url: str) -> bool:
    return bool(url) and _SCHEME.match(url) is None
