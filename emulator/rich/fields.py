"""Read the fields of a JSON object in a rich message, with the official server's error descriptions.

As there, null is absent, a number may be a string of digits, and unknown fields are ignored.
"""

from typing import Any, TypeVar

Json = dict[str, Any]
MAX_INTEGER = 2**31 - 1
Value = TypeVar("Value", str, int)


class FieldError(Exception):
    """The object cannot be read; the caller adds which kind of object it is."""


def string(fields: Json, name: str, default: str | None = None) -> str:
    """Return a string; without a default the field is required."""
    value = fields.get(name)
    if value is None:
        return _default(name, default)
    if not isinstance(value, str):
        raise FieldError(f'Field "{name}" must be of type String')
    return value


def integer(fields: Json, name: str, default: int | None = None) -> int:
    """Return an integer of 32 bits; without a default the field is required."""
    value = fields.get(name)
    if value is None:
        return _default(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise FieldError(f'Field "{name}" must be of type Number')
    digits = str(value)
    number = digits.removeprefix("-")
    if not (number.isascii() and number.isdigit() and len(number) <= 10 and abs(int(digits)) <= MAX_INTEGER):
        raise FieldError(f'Field "{name}" must be a valid Number')
    return int(digits)


def boolean(fields: Json, name: str) -> bool:
    """Return a boolean; false if absent."""
    value = fields.get(name)
    if value is not None and not isinstance(value, bool):
        raise FieldError(f'Field "{name}" must be of type Boolean')
    return bool(value)


def array(fields: Json, name: str) -> list[Any]:
    value = fields.get(name)
    if value is None:
        raise FieldError(f'Can\'t find field "{name}"')
    if not isinstance(value, list):
        raise FieldError(f'Field "{name}" must be of type Array')
    return value


def json_object(fields: Json, name: str) -> Json:
    value = fields.get(name)
    if value is None:
        raise FieldError(f'Can\'t find field "{name}"')
    if not isinstance(value, dict):
        raise FieldError(f'Field "{name}" must be of type Object')
    return value


def _default(name: str, default: Value | None) -> Value:
    if default is None:
        raise FieldError(f'Can\'t find field "{name}"')
    return default
