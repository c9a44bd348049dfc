"""Labels of list items: numbers, letters, Roman numerals or a bullet."""

from emulator.rich.fields import Json

BULLET = "•"
_ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"),
          (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))  # fmt: skip
_MAX_ROMAN = 3999


def item_labels(items: list[Json]) -> list[Json]:
    """Return the items with their labels; a number that is not given follows the one before."""
    labelled = []
    previous = 0
    for item in items:
        if "type" in item:
            previous = item["value"] or previous + 1
            item = {**item, "value": previous, "label": f"{number_label(previous, item['type'])}."}
        else:
            item = {**item, "label": BULLET}
        labelled.append(item)
    return labelled


def number_label(number: int, label_type: str) -> str:
    """Return the number as its label type writes it; as digits where that has no sign for it."""
    if label_type.lower() == "a" and number > 0:
        label = _letters(number)
    elif label_type.lower() == "i" and 0 < number <= _MAX_ROMAN:
        label = _roman(number)
    else:
        return str(number)
    return label.upper() if label_type.isupper() else label


def _letters(number: int) -> str:
    """Return a, b, … z, aa, ab, …"""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("a") + rest) + letters
    return letters


def _roman(number: int) -> str:
    numeral = ""
    for value, sign in _ROMAN:
        count, number = divmod(number, value)
        numeral += sign * count
    return numeral
