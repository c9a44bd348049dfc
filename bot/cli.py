"""The command line `digestbot`; bot/exit_code.py has its exit codes."""

from __future__ import annotations

import asyncio
import dataclasses
import functools
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ParamSpec
from zoneinfo import ZoneInfo

import typer
from rich.text import Text

from bot import cli_operator, gc_tuning
from bot.cli_bots import bots_app
from bot.cli_commands import Language, SpokenCommand, SpokenGroup, register
from bot.cli_language import translator
from bot.cli_support import load_settings_or_exit, usage_error
from bot.exit_code import ExitCode
from bot.printing import PrintableConsole, echo, echo_json, print_lines, use_plain_signs, write_file_text
from bot.setting_values import parse_choice, parse_zone
from bot.settings import NAMES, DriverName, InvalidSettings, Settings, default_text, load_settings
from bot.telegram_route import VARIABLES
from bot.wrapping import wrap
from domain.chat.i18n import Translator, gettext_noop, lazy_text, translated
from domain.known_reasons import reason_text
from domain.printable import printable_line

if TYPE_CHECKING:
    from bot.files import DigestFile
    from bot.problem_report import Reader
    from digest.model import Digest, PictureMode
    from digest.segmentation.classifier import Classifier

app = typer.Typer(
    name="digestbot",
    cls=SpokenGroup,
    help="A Telegram bot that delivers a daily digest to every subscriber at their local time.",
    epilog="New here? Start with: digestbot demo",
    context_settings={"help_option_names": ["--help", "-h"]},
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)

app.add_typer(bots_app, name="bots")

Parameters = ParamSpec("Parameters")


def _require_regular(given: Path | list[Path]) -> Path | list[Path]:
    """Return the files that a command is to read; a folder or a named pipe is an error of usage."""
    for path in [given] if isinstance(given, Path) else given:
        name = printable_line(str(path))
        if path.is_dir():
            usage_error(lazy_text("{name} is a folder; name its files: {files}", name=name, files=f"{name}/*.md"))
        if path.is_fifo() and path.resolve().exists():  # that of <(command) resolves to nothing
            usage_error(lazy_text("{name} is a named pipe; write the digest into a file first", name=name))
    return given


File = Annotated[
    Path,
    typer.Argument(metavar="FILE", help="A Markdown file.", exists=True, callback=_require_regular),
]
Files = Annotated[
    list[Path],
    typer.Argument(metavar="FILE...", help="Markdown files.", exists=True, callback=_require_regular),
]
ExampleFolder = Annotated[
    Path | None,
    typer.Option(help="Folder of digests to use instead of the examples.", exists=True, file_okay=False),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object per digest, one per line.")]
Zone = Annotated[str, typer.Option(help="Time zone of dates without one.", envvar="TIMEZONE", metavar="ZONE")]
Pictures = Annotated[
    str,
    typer.Option(help="Pictures: preview, preview_above, album or none.", envvar="PICTURES", metavar="WAY"),
]
Categories = Annotated[
    Path | None,
    typer.Option(help="Path of your own categories.toml.", exists=True, dir_okay=False, envvar="CATEGORIES"),
]


def main() -> None:
    """Run the command line."""
    use_plain_signs()
    app()


def _report_file_errors(command: Callable[Parameters, None]) -> Callable[Parameters, None]:
    """Report a file that cannot be read or written, such as on a broken disk, as one line."""

    @functools.wraps(command)
    def reporting(*args: Parameters.args, **kwargs: Parameters.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except BrokenPipeError:  # of a reader that has seen enough, as `head` has: the command line ends quietly
            raise
        except OSError as error:
            translate = translator()
            template = translate("digestbot: {file} cannot be read or written ({reason})")
            echo(
                template.format(
                    file=printable_line(str(error.filename)), reason=translated(reason_text(error.strerror), translate)
                ),
                err=True,
            )
            raise typer.Exit(ExitCode.FAILURE) from None

    return reporting


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"digestbot {version('digestbot')}")
        raise typer.Exit


@app.callback()
def read_general_options(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", help="Show the version and exit.", callback=_show_version, is_eager=True)
    ] = False,
) -> None:
    """A Telegram bot that delivers a daily digest to every subscriber at their local time."""
    if context.invoked_subcommand in _COMMANDS_ON_FILES:
        context.default_map = {context.invoked_subcommand: _defaults_from_env_file()}


_COMMANDS_ON_FILES = ("check", "preview", "publish", "format")
"""Commands that use the bot's folder, time zone and categories without its other settings."""


def _defaults_from_env_file() -> dict[str, str]:
    """Return the options that `.env` sets, so that these commands read digests as the bot does."""
    from bot.startup_errors import print_errors, settings_errors

    options = {"folder": "DIGESTS", "zone": "TIMEZONE", "categories": "CATEGORIES", "pictures": "PICTURES"}
    try:
        settings: Settings | None = load_settings()
    except InvalidSettings as invalid:
        settings = invalid.valid
        others = {*NAMES, *VARIABLES, *map(str.upper, VARIABLES)} - set(options.values())
        errors = [error for error in settings_errors(invalid) if error.text.partition(":")[0] not in others]
        if errors:
            print_errors(errors)
            raise typer.Exit(ExitCode.SETTINGS) from None
    values = {option: getattr(settings, name.lower(), None) for option, name in options.items()}
    return {option: str(value) for option, value in values.items() if value is not None}


@register(app)
def demo(
    port: Annotated[int, typer.Option(help="Port of the page, on 127.0.0.1.", min=0, max=65535)] = 8080,
    digests: ExampleFolder = None,
    browser: Annotated[bool, typer.Option(help="Open the page in a browser.")] = True,
    driver: Annotated[DriverName, typer.Option(help="Telegram framework.", envvar="DRIVER")] = DriverName.AIOGRAM,
    fleet: Annotated[
        bool, typer.Option("--fleet", help="Three senders on PostgreSQL, which you can kill and freeze on the page.")
    ] = False,
    people: Annotated[
        int, typer.Option(help="With --fleet: simulated readers of each newsletter.", min=1, max=5000)
    ] = 200,
) -> None:
    """Try the bot in a browser, with an emulated Telegram: no token, no network."""
    if fleet:
        if digests is not None:
            usage_error(lazy_text("--fleet uses the examples; leave out --digests"))
        from bot.demo_fleet import run_fleet_demo

        raise typer.Exit(asyncio.run(run_fleet_demo(port=port, browser=browser, driver=driver, people=people)))
    from bot.demo import run_demo

    raise typer.Exit(asyncio.run(run_demo(port=port, digests=digests, browser=browser, driver=driver)))


@register(app)
def chat(
    digests: ExampleFolder = None,
    lang: Language = None,
) -> None:
    """Chat with the bot in this terminal: no token, no network; nothing is stored or sent."""
    from bot.examples import EXAMPLES
    from bot.repl import run_repl
    from domain.chat.event import User

    run_repl(digests or EXAMPLES, User(1, "", lang or translator().language), PrintableConsole())


class RunCommand(SpokenCommand):
    """Explains every setting below its options; an installed wheel has no .env.example."""

    def closing_paragraphs(self, translate: Translator) -> list[str]:
        """Return a paragraph for each setting."""
        return [
            f"{name.upper()}={default_text(name)}: {translate(field.description or '')}"
            for name, field in Settings.model_fields.items()
        ]


@register(app, cls=RunCommand)
def run(
    role: Annotated[
        str | None, typer.Option(help="What this process does: all, send or web (as ROLE).", show_default=False)
    ] = None,
) -> None:
    """Run the bot. Settings come from the environment, and from lines NAME=value in the file `.env` in this folder."""
    gc_tuning.disable_during_startup()
    settings = load_settings_or_exit(for_run=True, **({} if role is None else {"role": role}))
    from bot.serve import serve_until_stopped

    raise typer.Exit(serve_until_stopped(settings))


for _name, _command in cli_operator.COMMANDS.items():
    register(app, _name)(_command)


@register(app)
@_report_file_errors
def check(
    files: Files,
    as_json: AsJson = False,
    fix: Annotated[
        bool, typer.Option("--fix", help="Fix formatting problems that need no judgement, then check.")
    ] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Show what --fix would change, without changing it.")] = False,
    explain: Annotated[
        bool, typer.Option("--explain", help="Show the best readings of each digest first, and what they cost.")
    ] = False,
    choose: Annotated[
        int | None,
        typer.Option(
            help="Take the reading of this number in --explain, for the later files of its folder too.", min=1
        ),
    ] = None,
    zone: Zone = "Asia/Shanghai",
    categories: Categories = None,
    pictures: Pictures = "preview",
) -> None:
    """Check digests and report each problem with its line and remedy."""
    from bot.files import fix_files, read_files, with_progress
    from bot.problem_report import file_report, is_ready, shared_by_folder, summary_lines
    from digest.reader import explain_digests
    from digest.rendering.to_json import digest_to_json as view

    console, translate, where = PrintableConsole(soft_wrap=True, highlight=False), translator(), _parse_zone(zone)
    if fix or diff:
        for told in fix_files(files, where, translate, write=not diff):
            echo(told, err=as_json)
    if choose is not None:
        echo(_keep_choice(files, choose, where, translate), err=as_json)
    reader = _reader(console, where)
    seen: list[DigestFile] = []
    paths = with_progress(files, translate)
    for file in read_files(paths, _load_classifier(categories), where, _parse_pictures(pictures)):
        seen.append(dataclasses.replace(file, data=b""))
        if explain:
            explained = explain_digests(
                file.data, name=file.path.name, zone=where, profile=file.profile, translate=translate
            )
            print_lines(explained, console.text_width, err=as_json)
        if as_json:
            path = str(file.path).encode(errors="backslashreplace").decode()  # not every name is UTF-8
            for digest in file.digests:
                echo_json(view(digest, path))
        else:
            console.print(*file_report(file, reader), sep="\n")
    shared = shared_by_folder(seen)
    if as_json:
        print_lines("\n".join(translated(one.text, translate) for one in shared), console.text_width, err=True)
    else:
        console.print(*summary_lines(seen, shared, reader), sep="\n")
    if shared or not all(is_ready(file) for file in seen):
        raise typer.Exit(ExitCode.FAILURE)


def _keep_choice(files: list[Path], number: int, zone: ZoneInfo, translate: Translator) -> str:
    """Keep an editor's choice and return what to say of that, or end the command."""
    from bot.files import IndistinctReading, NoSuchReading, keep_choice

    no_such_reading = lazy_text("--choose takes one file and the number of a reading that --explain shows")
    if len(files) != 1:
        usage_error(no_such_reading)
    try:
        kept = keep_choice(files[0], number, zone)
    except NoSuchReading:
        usage_error(no_such_reading)
    except IndistinctReading:
        template = translate(
            "digestbot: nothing tells reading {number} from the others on later days, so it cannot be kept; number the "
            "headlines in the file"
        )
        echo(template.format(number=number), err=True)
        raise typer.Exit(ExitCode.FAILURE) from None
    if kept is None:
        template = translate("{file}: it is read so anyway, so nothing had to be kept")
        return template.format(file=printable_line(str(files[0])))
    return translate("{file}: later files of this folder are read so too").format(file=printable_line(str(kept)))


@register(app)
@_report_file_errors
def preview(
    file: File,
    as_json: Annotated[bool, typer.Option("--json", help="Print the messages as JSON.")] = False,
    layout: Annotated[str, typer.Option(help="Layout: headlines, full or rich.")] = "headlines",
    category: Annotated[str | None, typer.Option(help="Show only this category.")] = None,
    lang: Language = None,
    zone: Zone = "Asia/Shanghai",
    categories: Categories = None,
    pictures: Pictures = "preview",
) -> None:
    """Show the messages of a digest as a subscriber gets them."""
    from bot.files import read_files
    from bot.terminal_view import print_messages
    from domain.chat.i18n import Translations
    from domain.subscription.preferences import ContentPreferences, Layout
    from views.digest_messages import digest_messages
    from views.message_json import preview_json
    from views.pictures import picture_lines

    chosen_layout = Layout(_parse_choice(parse_choice(gettext_noop("layout"), Layout), layout))
    translate = translator()
    language = lang or translate.language
    read = read_files([file], _load_classifier(categories), _parse_zone(zone), _parse_pictures(pictures))
    *others, digest = next(read).digests
    if others:
        template = translate("{file} holds the digests of {n} days; this is the last one")
        echo(template.format(file=printable_line(str(file)), n=len(others) + 1), err=True)
    preferences = ContentPreferences(
        chosen_layout, language, None if category is None else frozenset({_parse_category(category, digest)})
    )
    messages = digest_messages(digest, preferences, Translations.load().translator(language))
    is_publishable = all(problem.severity != "error" for problem in digest.problems)
    if not is_publishable:
        template = translate("This digest cannot be published; see: digestbot check {file}")
        echo(template.format(file=printable_line(str(file))), err=True)
    if as_json:
        echo_json(preview_json(messages))
    else:
        print_messages(messages, PrintableConsole())
        for line in picture_lines(digest, Translations.load().translator(language)):
            echo(printable_line(line.plain))
    if not is_publishable:
        raise typer.Exit(ExitCode.FAILURE)


@register(app)
@_report_file_errors
def publish(
    files: Files,
    zone: Zone = "Asia/Shanghai",
    categories: Categories = None,
    folder: Annotated[Path, typer.Option(help="Folder that the bot watches.", envvar="DIGESTS")] = Path("digests"),
) -> None:
    """Check digests and copy them into the watched folder; with an error in any of them, none is copied."""
    from bot.files import read_files, with_progress
    from bot.publish_command import CannotPublish, publish_files

    console, translate, where = PrintableConsole(soft_wrap=True, highlight=False), translator(), _parse_zone(zone)
    read = functools.partial(read_files, classifier=_load_classifier(categories), zone=where)
    try:
        publish_files(list(read(with_progress(files, translate))), folder, console, _reader(console, where), read)
    except CannotPublish as error:
        message = translate("nothing was published: {reason}").format(reason=str(error))
        console.print(*wrap(Text(message, "red"), console.text_width), sep="\n")
        raise typer.Exit(ExitCode.FAILURE) from None


@register(app, "format")
@_report_file_errors
def format_digest(
    file: File,
    write: Annotated[bool, typer.Option("--write", "-w", help="Overwrite the file instead of printing.")] = False,
    zone: Zone = "Asia/Shanghai",
) -> None:
    """Rewrite a digest in the reference form; what that form cannot say stays as it is."""
    from bot.files import extra_front_matter, read_files, write_atomically
    from bot.problem_report import file_report
    from digest.reformat import OtherReading, reformat_file
    from digest.segmentation.classifier import Classifier

    where, translate = _parse_zone(zone), translator()
    console = PrintableConsole(stderr=True, soft_wrap=True, highlight=False)
    read = next(read_files([file], Classifier(), where))
    if len(read.digests) != 1 or any(problem.severity == "error" for problem in read.digests[0].problems):
        console.print(*file_report(read, _reader(console, where)), sep="\n")
        message = translate("not formatted: the file must hold exactly one digest, without errors")
        console.print(*wrap(Text(message, "red"), console.text_width), sep="\n")
        raise typer.Exit(ExitCode.FAILURE)
    fields = extra_front_matter(read, where)
    formatted = reformat_file(read.data, name=file.name, zone=where, extra_fields=fields)
    if isinstance(formatted, OtherReading):
        part = translate(formatted.template).format(n=formatted.n)
        message = translate("not formatted: in the reference form, {part} would be read otherwise").format(part=part)
        console.print(*wrap(Text(message, "red"), console.text_width), sep="\n")
        raise typer.Exit(ExitCode.FAILURE)
    if write:
        write_atomically(formatted.encode(), file)
    else:
        write_file_text(formatted)


def _parse_category(name: str, digest: Digest) -> str:
    from domain.names import find_in_either_script, nearest_in_either_script
    from views.digest_messages import digest_categories

    known = digest_categories(digest)
    category = find_in_either_script(name, known)
    if category is None:
        suggestion = nearest_in_either_script(name, known)
        if suggestion is not None:
            usage_error(lazy_text("no item is in {name!r}; did you mean {other!r}?", name=name, other=suggestion))
        names: str = ", ".join(known) or lazy_text("none")
        usage_error(lazy_text("no item is in {name!r}; there are {names}", name=name, names=names))
    return category


def _load_classifier(path: Path | None) -> Classifier:
    from bot.files import load_classifier

    try:
        return load_classifier(path)
    except ValueError as error:
        usage_error(str(error))


def _parse_zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown, malformed, or the name of a folder
        return ZoneInfo(_parse_choice(parse_zone, name))


def _parse_pictures(name: str) -> PictureMode:
    from digest.model import PictureMode

    return PictureMode(_parse_choice(parse_choice(gettext_noop("way to show pictures"), PictureMode), name))


def _reader(console: PrintableConsole, zone: ZoneInfo) -> Reader:
    from bot.problem_report import Reader

    return Reader(translator(), datetime.now(zone).date(), console.text_width)


def _parse_choice(parse: Callable[[str], str], text: str) -> str:
    """Parse an option as the setting of its kind is parsed; an error is one of usage."""
    try:
        return parse(text)
    except ValueError as error:
        usage_error(str(error))
