"""Write the catalogue of a new language, with every text still to be translated.

python -m domain.chat.new_catalogue pt_BR "Português (Brasil)"
"""

from __future__ import annotations

import sys
from io import BytesIO
from pathlib import Path

from babel.core import Locale, UnknownLocaleError
from babel.messages.catalog import Catalog
from babel.messages.pofile import escape, read_po, write_po

from domain.chat.i18n import CATALOGUES, DEFAULT_LOCALE

_HEADER = """\
# {language} words of the bot. Change a msgstr and restart: nothing has to be built.
msgid ""
msgstr ""
"Language: {locale}\\n"
{name_field}
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: {plural_forms}\\n"

"""


def write(locale: str, name: str, folder: Path = CATALOGUES) -> Path:
    """Return the new file, with the texts of the default language's catalogue in their order.

    Args:
        locale: CLDR's name of the language: `de`, `pt_BR`.
        name: what its own speakers call it: `Deutsch`.

    Raises:
        UnknownLocaleError: CLDR has no such locale, or spells it in another way.
        FileExistsError: there is a catalogue already.
    """
    known = Locale.parse(locale)
    if str(known) != locale:
        raise UnknownLocaleError(locale)
    source = read_po(BytesIO((CATALOGUES / f"{DEFAULT_LOCALE}.po").read_bytes()))
    catalogue = Catalog(locale=locale)
    for message in source:
        if message.id:
            catalogue.add(message.id)
    header = _HEADER.format(
        language=known.get_display_name("en"),
        locale=locale,
        name_field=escape(f"X-Language-Name: {name}\n"),
        plural_forms=catalogue.plural_forms,
    )
    entries = BytesIO()
    write_po(entries, catalogue, width=0, omit_header=True)
    path = folder / f"{locale}.po"
    with path.open("x", encoding="utf-8") as file:
        file.write(header + entries.getvalue().decode())
    return path


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit('usage: python -m domain.chat.new_catalogue LOCALE NAME, such as: pt_BR "Português (Brasil)"')
    try:
        sys.stdout.write(f"{write(sys.argv[1], sys.argv[2])}\n")
    except UnknownLocaleError:
        sys.exit(f"{sys.argv[1]}: no locale of CLDR; they are written like de, pt_BR and zh_Hant")
    except FileExistsError as error:
        sys.exit(f"{error.filename} exists already")
