"""Faults in reading digests: the folder, hostile files, segmentation, and what editors are told of it."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from bot.folder_scan import FileStamp, FolderScan
from digest.problems import quote
from digest.reader import choose_reading
from tests.mutations.mutation import Mutation, registering

MUTATIONS: list[Mutation] = []

mutation = registering(MUTATIONS)


@mutation(
    30,
    "domain.file_names:shown_name",
    "tests/bot/test_folder_alerts.py::test_hostile_names_are_shown_as_escapes",
)
def file_names_are_shown_as_they_are(_original: Any) -> Any:
    return lambda name: name


@mutation(
    30,
    "digest.parsing.front_matter_loading:FrontMatterHandler.load",
    "tests/digest/test_hostile_input.py::test_hostile_front_matter_is_refused_with_its_title_kept",
)
def aliases_in_front_matter_are_followed(_original: Any) -> Any:
    return lambda _self, text: yaml.safe_load(text)


@mutation(
    41,
    "delivery.publisher:Publisher._must_be_settled",
    "tests/bot/test_folder_ingest.py::test_file_written_in_steps_while_due_goes_out_whole",
)
def every_file_counts_after_the_short_time(_original: Any) -> Any:
    async def must_be_settled(_self: object, _editions: object) -> bool:
        return False

    return must_be_settled


@mutation(42, "bot.folder_scan:_add", "tests/bot/test_folder_scan.py::test_only_regular_files_are_taken")
def whatever_is_named_like_a_digest_counts(_original: Any) -> Any:
    def add(scan: FolderScan, _folder: Path, entry: os.DirEntry[str]) -> None:
        status = entry.stat(follow_symlinks=False)
        scan.files[entry.name] = FileStamp(status.st_size, status.st_mtime_ns, status.st_ctime_ns)

    return add


@mutation(
    72,
    "storage.digests:is_former",
    "tests/bot/test_folder_ingest.py::test_copy_that_lags_takes_no_correction_back",
)
def nothing_is_a_former_text(original: Any) -> Any:
    async def mutant(*_args: Any) -> bool:
        return False

    return mutant


@mutation(
    85,
    "digest.parsing.inline:_LineBuilder.hide",
    "tests/digest/test_nothing_lost.py::test_an_odd_passage_loses_no_word",
)
def frame_hides_its_words(_original: Any) -> Any:
    def hide(_builder: Any, _tokens: Any) -> None:
        return

    return hide


@mutation(
    85,
    "digest.problems:quote_whole",
    "tests/digest/test_nothing_lost.py::test_what_is_left_out_is_quoted_whole",
)
def long_quotation_is_cut(_original: Any) -> Any:
    return quote


@mutation(
    85,
    "digest.parsing.markdown:tokenize",
    "tests/digest/test_nothing_lost.py::test_an_odd_passage_loses_no_word",
)
def unused_addresses_are_forgotten(original: Any) -> Any:
    return lambda text: replace(original(text), unused_addresses=())


@mutation(
    87,
    "digest.reformat:_markdown",
    "tests/digest/test_reformat.py::test_what_the_form_cannot_say_is_kept",
)
def images_are_left_out_of_the_reference_form(_original: Any) -> Any:
    return lambda _omission: ""


@mutation(
    87,
    "digest.rendering.to_markdown:_table",
    "tests/digest/test_reformat.py::test_what_the_form_cannot_say_is_kept",
)
def tables_are_written_as_lines(_original: Any) -> Any:
    return lambda table: iter((table.lines.plain,))


@mutation(
    89,
    "delivery.publishing:PublishResult.goes_out",
    "tests/bot/test_edition_reports.py::test_an_archive_at_the_first_start_is_not_reported",
)
def all_that_is_stored_is_reported(_original: Any) -> Any:
    return property(lambda _result: True)


@mutation(
    89,
    "storage.bots:set_reminded_morning",
    "tests/delivery/test_missing_edition_alert.py::test_editors_are_reminded_once_before_the_morning",
)
def reminders_are_forgotten(_original: Any) -> Any:
    async def forget(*_arguments: Any) -> None:
        return

    return forget


@mutation(
    89,
    "storage.source_files:mark_reported",
    "tests/bot/test_edition_reports.py::test_success_is_reported_once_for_each_state_of_the_file",
)
def reports_are_forgotten(_original: Any) -> Any:
    async def mark(*_arguments: Any) -> bool:
        return False

    return mark


@mutation(
    91,
    "bot.readings:write_atomically",
    "tests/handlers/test_two_readings.py::test_choice_in_the_chat_settles_later_days",
)
def choices_are_not_written(_original: Any) -> Any:
    return lambda _data, _target: None


@mutation(
    91,
    "bot.readings:learn_reading",
    "tests/handlers/test_two_readings.py::test_reading_keeps_its_button_when_another_choice_came_between",
)
def likelier_reading_is_taken(_original: Any) -> Any:
    return lambda data, _key, *, name, zone, profile: choose_reading(data, 1, name=name, zone=zone, profile=profile)


@mutation(
    124,
    "digest.segmentation.page_marks:_sign_of",
    "tests/digest/test_archive_forms.py::test_lines_with_dashes_are_a_list",
)
def signs_before_lines_are_text(_original: Any) -> Any:
    return lambda _piece: ""
