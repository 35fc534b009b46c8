"""Files and reports of people who do this job, beside the checkout: each comes out as its expect.txt says.

What refresh makes of them (one state of a review wins, months do not mix) is tested with payloads of our own.
"""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from flows.errors import InputError
from flows.sources.dumps.files import Part
from tests.flows.sources.dumps.test_files import PAYLOADS, read

CASES = PAYLOADS.parents[1] / "../shared/cases"
pytestmark = pytest.mark.skipif(not CASES.is_dir(), reason="the cases lie beside the checkout, in ../shared")

LATER = datetime(2026, 11, 1, tzinfo=UTC)
PLAY = {"store": "google_play", "store_app_id": "x.y"}
ANY = {"store_app_id": "jp.example.forms"}
APPLE = {"store": "app_store", "store_app_id": "1500000001"}


def case(name: str, **options: object) -> Part:
    number, _, file = name.partition("/")
    folder = next(CASES.glob(f"{number}-*"))
    return read(folder / file, **({"seen_at": LATER} | options))


def aside(part: Part) -> list[tuple[int, str]]:
    return [(r.row_number, r.reason) for r in part.rejected]


def test_01_epochs_in_milliseconds_as_text() -> None:
    days = [f"{r.reviewed_at:%F}" for r in case("01/reviews_jp.example.forms_202312.csv").reviews]
    assert days == [
        "2023-11-27", "2023-11-27", "2021-01-31", "2024-02-27", "2023-11-26", "2023-03-12", "2024-04-01",
    ]  # fmt: skip


@pytest.mark.parametrize("file", ["poison_9999.csv", "poison_0001.csv", "poison_2204.csv"])
def test_02_a_date_that_cannot_be_is_put_aside(file: str) -> None:
    part = case(f"02/{file}", store_app_id="x.y")
    assert len(part.reviews) == 40 and aside(part) == [(42, "unreadable_date")]
    assert {r.reviewed_at.month for r in part.reviews} == {2}


def test_03_a_review_met_three_times_keeps_its_times() -> None:
    part = case("03/appended.jsonl", store_app_id="x.y")
    assert [(r.rating, f"{r.reviewed_at:%F}") for r in part.reviews] == [
        (5, "2024-03-05"), (1, "2024-02-01"), (3, "2024-02-20"),
    ]  # fmt: skip


def test_05_row_numbers_are_no_ids() -> None:
    both = [case(f"05/{month}.csv", **PLAY).reviews for month in ("february", "march")]
    ids = {r.review_id for part in both for r in part}
    assert len(ids) == 6 and all(i.startswith("derived:") for i in ids)


def test_06_twelve_people_are_twelve() -> None:
    part = case("06/day_only.csv", **PLAY)
    assert len({r.review_id for r in part.reviews}) == 12
    assert part.notes["equal_rows_kept"] == 7


@pytest.mark.parametrize("file", ["store_column.csv", "source_column.csv", "app_reviews_export.csv"])
@pytest.mark.parametrize("store", [None, "google_play"])
def test_08_each_row_says_its_store(file: str, store: str | None) -> None:
    stores = [r.store for r in case(f"08/{file}", store=store, store_app_id="x.y").reviews]
    assert sorted(stores) == ["app_store", "google_play"]


def test_10_words_for_nothing_are_nothing() -> None:
    reviews = case("10/na_words.csv", **PLAY).reviews
    assert [(r.title, r.text, r.reply) for r in reviews] == [
        (None, "crashes", None), (None, None, None), (None, None, None), (None, "okay", None),
    ]  # fmt: skip


def test_11_one_app_is_one_app() -> None:
    words = case("11/app_id_blank_words.csv", store="google_play", store_app_id="jp.example.forms")
    assert {r.store_app_id for r in words.reviews} == {"jp.example.forms"} and len(words.reviews) == 5
    assert {r.store_app_id for r in case("11/app_id_nan.json", **ANY).reviews} == {"jp.example.forms"}
    forms = case("11/app_id_forms.csv", store="app_store")
    assert {r.store_app_id for r in forms.reviews} == {"1500000001"} and len(forms.reviews) == 6
    assert aside(forms) == [(8, "not_an_app_id")]


@pytest.mark.parametrize("file", ["first_line_broken.jsonl", "first_line_log.jsonl"])
def test_13_a_broken_first_line_costs_itself(file: str) -> None:
    part = case(f"13/{file}", store_app_id="x.y")
    assert len(part.reviews) == 4 and aside(part) == [(1, "unreadable_json")]


@pytest.mark.parametrize("file", ["mongoexport.jsonl", "pandas_to_json.json", "pandas_split.json"])
def test_14_values_within_values(file: str) -> None:
    reviews = case(f"14/{file}", **ANY).reviews
    assert [(r.rating, r.text, f"{r.reviewed_at:%F %T}") for r in reviews] == [
        (1, "申請が途中で止まります", "2024-02-01 08:00:00"), (5, "Very handy", "2024-02-02 09:10:11"),
        (3, "まあまあ", "2024-02-03 10:00:00"),
    ]  # fmt: skip


def test_14_the_bare_entries_of_a_feed() -> None:
    reviews = case("14/feed_entries.json", **APPLE).reviews
    assert [(r.source, r.review_id, r.rating) for r in reviews] == [
        ("file:app_store_feed", f"1111111{n}", stars) for n, stars in enumerate((1, 5, 3))
    ]


def test_18_countries_and_languages() -> None:
    countries = [r.country for r in case("18/countries.csv", **APPLE).reviews]
    assert countries == ["jp"] * 5 + ["us"] * 3 + ["gb"] * 2
    languages = [r.language for r in case("18/languages.csv", **PLAY).reviews]
    assert languages == ["ja"] * 5 + ["zh", "he", "id", "en", "ja"]


def test_19_dates() -> None:
    part = case("19/dates.csv", **PLAY)
    assert [r for _, r in aside(part)].count("ambiguous_date") == 2
    assert len(part.reviews) == 36
    odd = {"2 days ago", "2023-03", "1970-01-01", "2099-01-01", "0001-01-01 00:00:00", "9999-12-31"}
    left = {(r.excerpt or "").rpartition("date: ")[2] for r in part.rejected if r.reason == "unreadable_date"}
    assert left == odd
    days = {r.text: f"{r.reviewed_at:%F}" for r in part.reviews}
    others = {"45000": "2023-03-15", "2022년 1월 10일": "2022-01-10", "3/25/2023": "2023-03-25",
              "25/12/2023": "2023-12-25"}  # fmt: skip
    assert all(day == others.get(text or "", "2023-03-12") for text, day in days.items())
    ordered = case("19/dates.csv", dates="mdy", **PLAY)
    assert len(ordered.reviews) == 38


@pytest.mark.parametrize(
    "file", ["snake", "camel", "published_at", "created_at", "japanese", "japanese_cp932"]
)
def test_21_names_of_columns(file: str) -> None:
    reviews = case(f"21/{file}.csv", **PLAY).reviews
    assert (reviews[0].rating, f"{reviews[0].reviewed_at:%F}") == (1, "2024-02-01")
    assert reviews[0].text in ("crashes", "カードを読み取れない")


def test_21_a_file_without_dates_says_that_it_has_none() -> None:
    with pytest.raises(InputError, match="no column for the date"):
        case("21/no_date.csv", **PLAY)


def test_23_official_payloads() -> None:
    console = case("23/androidpublisher_reviews_list.json", **ANY).reviews
    assert [(r.rating, r.reply) for r in console] == [(1, "確認します"), (5, None), (3, None)]
    connect = case("23/app_store_connect_customer_reviews.json", **ANY).reviews
    assert [(r.rating, r.country) for r in connect] == [(1, "jp"), (5, "jp"), (3, "jp")]
    (entry,) = case("23/customer_reviews_feed.xml", **ANY).reviews
    assert (entry.review_id, entry.rating, entry.text) == ("11111111111", 5, "住民票がすぐ取れた")
    for name in ("itunes_lookup", "google_play_scraper_app"):
        part = case(f"23/{name}.json", **ANY)
        assert [s.displayed_score for s in part.snapshots] == [3.87]
        assert [(r.version, f"{r.released_at:%F}") for r in part.releases] == [("2.1.0", "2024-02-01")]
    ratings = case("23/ratings_jp.example.forms_202402_overview.csv", **ANY)
    assert [(d.day.day, d.daily_average) for d in ratings.days] == [(1, 4.5), (2, None)]
    assert aside(ratings) == [(4, "rating_out_of_range")]


@pytest.mark.parametrize(
    "file",
    ["reviews_tuple.json", "by_app.json", "pages.jsonl", "apps_with_reviews.json", "jq_pretty.json",
     "python_repr.jsonl", "serpapi.json", "apify.json"],
)  # fmt: skip
def test_25_shapes_of_json(file: str) -> None:
    reviews = case(f"25/{file}", **ANY).reviews
    assert [(r.rating, r.text) for r in reviews] == [
        (1, "申請が途中で止まります"), (5, "Very handy"), (3, "まあまあ"),
    ]  # fmt: skip
    assert {r.store for r in reviews} == {"app_store" if file == "serpapi.json" else "google_play"}
    if file == "by_app.json":
        assert [r.store_app_id for r in reviews] == ["jp.example.forms"] * 2 + ["jp.example.pay"]


def test_26_what_stands_before_the_header() -> None:
    excel = case("26/excel_sep_line.csv", encoding="cp1252", **PLAY).reviews
    assert [r.text for r in excel] == ["Die App stürzt ab", "schön"]
    assert case("26/excel_sep_line.csv", **PLAY).reviews == excel
    report = case("26/lines_before_the_header.csv", **PLAY).reviews
    assert [(r.rating, r.text, r.version) for r in report] == [(1, "crashes", "2.1.0"), (5, "fine", "2.1.0")]


def test_28_one_odd_day_does_not_lose_the_month() -> None:
    whole = case("28/ratings_jp.example.forms_202402_overview.csv")
    assert len(whole.days) == 2 and aside(whole) == [(4, "rating_out_of_range")]
    assert len(case("28/ratings_jp.example.forms_202401_overview.csv").days) == 1


def test_30_html_in_texts() -> None:
    texts = [r.text for r in case("30/html.csv", **PLAY).reviews]
    assert texts == ["I can't log in & pay\nat all <3", "<script>alert(1)</script> fine", "=HYPERLINK(x)"]
