"""The rich layout before it is chosen: a sample, the question below it, and the answers to that."""

from __future__ import annotations

from digest.model import Digest, Item, Table
from domain.chat.callback_data import ReplyTarget, button
from domain.chat.commands import CommandName
from domain.chat.i18n import Translator
from domain.chat.message import Button, Message
from domain.chat.text import Text, bold, format_text, join
from domain.subscription.preferences import Layout
from views.settings import SettingsView, layout_name, saved_message, settings_button

USE_RICH = "rich use"
KEEP_LAYOUT = "keep"
"""Arguments of the two buttons below the sample."""


def rich_question(view: SettingsView, *, is_private: bool) -> Message:
    """Ask whether the sample above can be seen, and shall become the layout."""
    translate = view.translate
    name = _other_layout(view)
    warning = format_text(
        translate(
            "Above is a sample. Not every Telegram app shows this layout: if you see nothing there, or only a line "
            "that asks you to update the app, better stay with {layout}."
        ),
        {"layout": name},
    )
    scope = (
        translate("The layout is the same on all your devices.")
        if is_private
        else translate("Everybody here gets the same layout, whatever app they use.")
    )
    use = button("✓ " + translate("Use it"), CommandName.LAYOUT, USE_RICH, target=ReplyTarget.IN_PLACE)
    stay = button(
        translate("Stay with {layout}").format(layout=name),
        CommandName.LAYOUT,
        KEEP_LAYOUT,
        target=ReplyTarget.IN_PLACE,
    )
    if view.subscriber.preferences.layout is Layout.RICH:
        stay = _back_button(Layout.HEADLINES, translate)
    return Message(join("\n\n", (bold(translate("Use the rich layout?")), warning, scope)), ((use,), (stay,)))


def rich_refused_note(translate: Translator) -> Message:
    """Say that Telegram refused the sample."""
    return Message(
        Text(
            translate(
                "Sorry, Telegram does not take the rich layout in this chat, so I cannot show you a sample. "
                "Nothing has changed."
            )
        ),
        ((settings_button(translate),),),
    )


def rich_saved(view: SettingsView, former: Layout) -> Message:
    """Confirm the rich layout, with a button that goes back to the former one."""
    translate = view.translate
    saved = saved_message(Text(translate("From now on the digest comes in the rich layout.")), view)
    back_to = Layout.HEADLINES if former is Layout.RICH else former
    return Message(saved.text, ((_back_button(back_to, translate),), *saved.keyboard))


def layout_kept(view: SettingsView) -> Message:
    """Confirm that nothing changed."""
    translate = view.translate
    kept = translate("Fine, it stays as it was: {layout}.")
    name = bold(layout_name(view.subscriber.preferences.layout, translate))
    return Message(format_text(kept, {"layout": name}), ((settings_button(translate),),))


def example_digest(translate: Translator) -> Digest:
    """Return a small digest for the sample, as long as no edition has come out."""
    heads = (Text(translate("City")), Text(translate("Weather")))
    cells = ((Text(translate("Shanghai")), Text("☀️ 21°")), (Text(translate("Berlin")), Text("🌧 9°")))
    rows = (heads, *cells)
    lines = join("\n", [join(" | ", row) for row in rows])
    bodies = (
        Text(translate("Tap a headline, and its text unfolds. Tap again, and it is gone.")),
        join("\n\n", (translate("Tables are real tables:"), lines)),
        Text(translate("Pictures stand below the text to which they belong.")),
    )
    headlines = (
        translate("Items unfold with a tap"),
        translate("Tables stay tables"),
        translate("Pictures come along"),
    )
    items = tuple(
        Item(position=number, written_number=str(number), headline=headline, url="", body=body)
        for number, (headline, body) in enumerate(zip(headlines, bodies, strict=True), 1)
    )
    return Digest(
        date=None,
        published_at=None,
        title=translate("A small example"),
        categories=(),
        intro=Text(translate("There is no edition to show at the moment, so here is an example.")),
        items=items,
        commentary=Text(translate("And this is where the editor has the last word.")),
        trailing=Text(),
        source_form="example",
        content_hash="",
        tables=(Table(lines, rows),),
    )


def _back_button(layout: Layout, translate: Translator) -> Button:
    label = translate("‹ Back to {layout}").format(layout=layout_name(layout, translate))
    return button(label, CommandName.LAYOUT, layout.value, target=ReplyTarget.SETTINGS)


def _other_layout(view: SettingsView) -> str:
    """Return the name of the layout to stay with."""
    layout = view.subscriber.preferences.layout
    return layout_name(Layout.HEADLINES if layout is Layout.RICH else layout, view.translate)
