"""Tests of the rooms that carry out remedies, by name: they move, and their names stay.

None of them is held to its claim by `conftest.py`, so each was read: it meets the fault, asks for the
remedy's words, does what they say and shows that the fault is gone.
"""

from __future__ import annotations

ELSEWHERE: dict[str, tuple[str, ...]] = {
    "test_importing_again_leads_back_to_whole_data": (
        "import the same file with the same options again (`hoshiyomi import`); it is landed anew",
    ),
    "test_feedback_is_imported_again": (
        "import the same file with the same options again (`hoshiyomi import-feedback`); it is landed anew",
    ),
    "test_play_consoles_export_is_taken_in_again": (
        "run `hoshiyomi collect`, which takes the export file in anew",
    ),
    "test_a_damaged_crawl_is_mended_and_asked_for_again": (
        "or run `hoshiyomi mend`, then `hoshiyomi refresh`:",
    ),
    "test_the_file_of_a_backup_put_back_is_whole_data": (
        "put the file back from a backup of the landing folder. Without one",
    ),
    "test_without_a_backup_what_can_be_read_is_kept_and_the_loss_is_said": (
        "Without one: `hoshiyomi mend` keeps what can still be read and says what is lost.",
    ),
    "test_memory_is_told_from_damage_and_smaller_steps_are_tried": (
        "(tmp in the data folder), and run it again.",
    ),
}
