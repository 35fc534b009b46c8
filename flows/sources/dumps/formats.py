"""Which dumps are known: one entry a format, with the columns that tell it and the columns of its fields.

Names are compared by `plain_name`. A column may lie within objects: its name is then a path with dots,
lists are
passed through. A new format is one entry here, its payload in tests/payloads/ and its line in docs/import.md.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

Kind = Literal["reviews", "ratings", "daily_ratings", "feedback"]
REVIEW_FIELDS = (
    "app_id", "review_id", "rating", "title", "text", "date", "created", "version", "country", "language",
    "thumbs_up", "reply", "replied_at", "store", "device", "original_title", "original_text", "clock",
    "item",
)  # fmt: skip
RATING_FIELDS = (
    "app_id", "title", "version", "date", "observed", "score", "ratings", "reviews", "stars_1", "stars_2",
    "stars_3", "stars_4", "stars_5", "histogram", "installs", "notes", "url", "country", "language",
    "category", "developer",
)  # fmt: skip
DAILY_FIELDS = ("app_id", "date", "daily_average", "total_average")
FEEDBACK_FIELDS = (
    "id", "person", "text", "rating", "date", "version", "language", "screen", "device", "cohort", "analyse",
    "quote",
)  # fmt: skip
FIELDS: Mapping[str, tuple[str, ...]] = {
    "reviews": REVIEW_FIELDS, "ratings": RATING_FIELDS, "daily_ratings": DAILY_FIELDS,
    "feedback": FEEDBACK_FIELDS,
}  # fmt: skip
_IN_BRACKETS = re.compile(r"[(（\[【].*?[)）\]】]")
_NO_NAME = re.compile(r"[^\w.#★☆]|_")


@lru_cache(maxsize=8192)
def plain_name(name: str) -> str:
    """A column's name without case, spaces, signs and what stands in brackets: `Review Text` =
    `review_text`."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    plain = _NO_NAME.sub("", _IN_BRACKETS.sub("", folded)) or _NO_NAME.sub("", folded)
    return plain.strip(".") or plain


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One known layout."""

    name: str
    kind: Kind
    store: str | None
    """None where rows or the user say it."""
    marks: tuple[frozenset[str], ...]
    """A file that has all columns of any of these sets is of this format."""
    columns: Mapping[str, tuple[str, ...]]
    """For each field the columns it may stand in, the best first."""
    shortest_id: int = 1
    """Whole numbers of fewer digits count rows and are no ids of a store."""
    is_observed: bool = False
    """Of displayed scores: the dump was made when the store showed them."""
    is_payload: bool = False
    """Elements of a store's own API, read by the collector's parser where they are whole (the field
    `item`)."""
    is_title_in_text: bool = False
    """Title and text stand in one, parted by a tab."""

    def field_names(self) -> tuple[str, ...]:
        return FIELDS[self.kind]


_APP_ID = (
    "appid", "packagename", "package", "storeappid", "bundleid", "appstoreid", "trackid", "appleid",
    "productid",
    "applicationid", "appidentifier", "アプリid", "パッケージ名", "appurl",
)  # fmt: skip
NAMES_OF_APPS = (
    "vendorid", "productcode", "extid", "storeid", "app", "appname", "application", "product", "productname",
    "appstore",
    "アプリ", "アプリ名", "appstoreurl", "storeurl", "productlink", "url", "reviewurl", "reviewlink",
    "sourceurl", "link",
    "link.attributes.href",
)  # fmt: skip
"""Columns that hold an app's id, or an address with it, in some dumps and something else in most: their
values
tell."""
NAMES_OF_ADDRESSES = tuple(n for n in NAMES_OF_APPS if n.endswith(("url", "link", "href")))
_COUNTRY = (
    "country", "countrycode", "storefront", "territory", "region", "countryiso", "iso", "storecountry",
    "countryname", "requestcountry", "reviewcountry", "usercountry", "land", "pays", "país", "paese",
    "страна", "국가", "国家",
    "国", "国名", "国コード", "国地域", "地域", "ストア国", "locale",
)  # fmt: skip
_LANGUAGE = (
    "language", "lang", "languagecode", "laguagecode", "reviewerlanguage", "reviewlanguage", "hl", "言語",
    "言語コード",
    "languagename", "locale", "requestlanguage", "sprache", "langue", "idioma", "lingua", "язык", "언어",
    "语言",
    "predictedlangs",
)  # fmt: skip
_STORE = (
    "store",
    "storename",
    "platform",
    "marketplace",
    "source",
    "os",
    "storetype",
    "ストア",
    "プラットフォーム",
    "market",
    "appstore",
    "appplatform",
    "storefronttype",
    "devicetype",
    "reviewsource",
    "channel",
    "application",
)
_DEVICE = ("device", "devicename", "devicemodel", "deviceproductname", "端末", "機種", "デバイス")
_EVERYWHERE = {"app_id": _APP_ID, "country": _COUNTRY, "language": _LANGUAGE, "store": _STORE}
_ORIGINALS = {
    "original_title": ("originaltitle", "originalsubject", "titleoriginal"),
    "original_text": (
        "originaltext", "originalreview", "originalcontent", "originalbody", "reviewtextoriginal",
        "textoriginal", "原文",
        "レビュー原文",
    ),
}  # fmt: skip


def _marks(*sets: str) -> tuple[frozenset[str], ...]:
    return tuple(frozenset(names.split("+")) for names in sets)


def _reviews(
    name: str,
    store: str | None,
    marks: tuple[str, ...],
    *,
    shortest_id: int = 1,
    is_payload: bool = False,
    **fields: str,
) -> Format:
    """A format of reviews; `fields` are names of columns parted by blanks, the best first."""
    own = {field: tuple(columns.split()) for field, columns in fields.items()}
    return Format(
        name=name,
        kind="reviews",
        store=store,
        marks=_marks(*marks),
        columns=_EVERYWHERE | _ORIGINALS | own,
        shortest_id=shortest_id,
        is_payload=is_payload,
    )


def _scores(
    name: str, store: str, marks: tuple[str, ...], *, is_observed: bool = False, **fields: str
) -> Format:
    """A format of displayed scores."""
    own = {field: tuple(columns.split()) for field, columns in fields.items()}
    stars = {f"stars_{n}": (f"stars{n}", f"s{n}", f"histogram.{n}") for n in range(1, 6)}
    said = {
        "category": ("genreid", "primarygenrename", "primarygenre", "genre", "category", "categoryname"),
        "developer": ("developer", "sellername", "developername", "artistname", "publisher"),
    }
    seen = ("observedat", "fetchedat", "scrapedat", "crawledat", "collectedat", "snapshotdate", "retrievedat")
    return Format(
        name=name, kind="ratings", store=store, marks=_marks(*marks), is_observed=is_observed,
        columns=_EVERYWHERE | stars | said | {"observed": seen} | own,
    )  # fmt: skip


GENERIC = Format(
    name="generic",
    kind="reviews",
    store=None,
    marks=(),
    # Apple's ids have eight digits and more, and tables of all kinds number their rows.
    shortest_id=8,
    columns=_EVERYWHERE | _ORIGINALS | {
        "review_id": (
            "reviewid", "storereviewid", "reviewuuid", "externalid", "extid", "レビューid", "id", "uuid",
            "reviewlink",
        ),
        "device": _DEVICE,
        "rating": (
            "rating", "stars", "star", "score", "starrating", "userrating", "reviewrating", "reviewscore",
            "ratingvalue",
            "reviewstars", "starcount", "numstars", "ratings", "rate", "ratingscore", "overallrating",
            "評価", "星", "星の数", "星数", "スコア", "レーティング", "評点", "評価点", "点数", "満足度",
            "星評価", "ユーザー評価", "レビュー評価", "★", "☆", "rating.value", "rating.stars",
            "rating.score", "rating.rating",
            "bewertung", "sterne", "calificación", "calificacion", "puntuación", "puntuacion", "estrellas",
            "avaliação",
            "estrelas", "valutazione", "voto", "оценка", "рейтинг", "평점", "별점", "评分", "星级", "評分",
            "nota", "note",
        ),
        "title": (
            "reviewtitle", "reviewheadline", "reviewsubject", "title", "headline", "subject", "heading",
            "reviewsummary",
            "titel", "titre", "título", "titulo", "titolo", "заголовок", "제목", "标题", "標題",
            "タイトル", "題名", "件名", "見出し", "レビュータイトル", "表題",
        ),
        "text": (
            "text", "review", "content", "body", "comment", "reviewtext", "reviewcontent", "reviewbody",
            "reviewcomment",
            "reviewdescription", "comments", "message", "snippet", "opinion", "usercomment", "feedback",
            "reviews",
            "userreview", "description", "commenttext", "remark", "comment.body", "comment.text", "text.text",
            "review.text", "review.body", "rezension", "kommentar", "avis", "commentaire", "reseña",
            "comentario", "opinión",
            "resenha", "comentário", "recensione", "commento", "отзыв", "текст", "комментарий", "리뷰",
            "본문", "내용", "评论",
            "评论内容", "內容", "評論",
            "レビュー", "本文", "レビュー本文", "レビュー内容", "内容", "コメント", "感想", "口コミ",
            "クチコミ", "テキスト", "ご意見", "意見", "投稿内容",
            "translatedreview", "translatedtext", "reviewclean", "cleanedtext", "レビューテキスト",
            "ユーザーレビュー", "評価内容", "文章",
        ),
        "date": (
            "date", "reviewedat", "at", "createdat", "updated", "timestamp", "reviewdate", "publishedat",
            "publishedate",
            "publisheddate", "publishdate", "published", "submittedat", "submissiondate", "submitteddate",
            "postedat",
            "posteddate", "postdate", "dateposted", "posted", "datetime", "created", "createddate",
            "creationdate",
            "datecreated", "dateadded", "dateofreview", "reviewtime", "reviewdatetime", "time", "isodate",
            "updatedat",
            "updateddate", "lastupdated", "lastmodified", "modifiedat", "lastmodifieddate",
            "reviewcreatedat", "unixtime",
            "reviewtimestamp", "writtenat", "datewritten", "when", "timesubmitted", "created.at",
            "date.date", "datum", "fecha",
            "data", "дата", "날짜", "작성일", "등록일", "日期", "时间", "時間",
            "投稿日", "投稿日時", "日付", "日時", "レビュー日", "レビュー日時", "作成日", "作成日時",
            "更新日", "更新日時", "書込日", "登録日",
            "投稿年月日", "年月日", "レビュー投稿日", "レビュー日付", "評価日", "掲載日", "公開日",
        ),
        "version": (
            "version", "appversion", "reviewversion", "reviewcreatedversion", "appversionname",
            "reviewedversion",
            "versionname", "versionnumber", "appver", "ver", "versionreviewed", "authorappversion",
            "versión", "versão",
            "versione", "версия", "버전", "版本",
            "バージョン", "アプリバージョン", "アプリのバージョン", "バージョン名", "版",
        ),
        "thumbs_up": (
            "thumbsup", "votes", "helpful", "thumbsupcount", "helpfulcount", "helpfulvotes", "likes",
            "likecount",
            "votesum", "upvotes", "reviewlikes", "totalthumbsup", "thumbsups", "likescount", "ishelpful",
            "いいね", "いいね数", "参考になった",
            "参考になった数", "役に立った",
        ),
        "reply": (
            "reply", "response", "developerreply", "replytext", "replycontent", "responsetext",
            "responsebody",
            "developerresponse", "developerreplytext", "developerresponsetext", "developeranswer",
            "developercomment",
            "answer", "answertext", "companyreply", "devreply", "devresponse", "replybody",
            "developerresponsebody", "owneranswer", "replies", "responses", "antwort", "réponse",
            "respuesta", "resposta",
            "risposta", "ответ", "답변", "回复", "回覆", "デベロッパー返信", "開発者返信",
            "返信", "返信内容", "返信本文", "デベロッパーの返信", "デベロッパーからの返信", "開発者の返信",
            "開発者からの返信", "回答", "返答",
            "開発元の返信", "運営の返信", "運営からの返信",
        ),
        "replied_at": (
            "repliedat", "replydate", "replyat", "responsedate", "developerreplydate",
            "developerresponsedate", "developerreplydate", "developerreplyat",
            "owneranswertimestampdatetimeutc",
            "owneranswertimestamp", "antwortdatum", "답변일",
            "answerdate", "responseat", "respondedat", "replytime", "answeredat", "返信日", "返信日時",
            "回答日", "回答日時",
        ),
    },
)  # fmt: skip

PLAY_CONSOLE = _reviews(
    "play_console", "google_play", ("packagename+starrating",),
    app_id="packagename", review_id="reviewlink", rating="starrating", title="reviewtitle", text="reviewtext",
    # The date that a reader of the store sees is that of the last change.
    date="reviewlastupdatemillissinceepoch reviewlastupdatedateandtime reviewsubmitmillissinceepoch "
    "reviewsubmitdateandtime",
    created="reviewsubmitmillissinceepoch reviewsubmitdateandtime", version="appversionname",
    language="reviewerlanguage", reply="developerreplytext", device="device",
    replied_at="developerreplymillissinceepoch developerreplydateandtime",
)  # fmt: skip
PLAY_CONSOLE_RATINGS = Format(
    name="play_console_ratings", kind="daily_ratings", store="google_play",
    marks=_marks("date+packagename+dailyaveragerating"),
    columns={
        "app_id": ("packagename",), "date": ("date",), "daily_average": ("dailyaveragerating",),
        "total_average": ("totalaveragerating",),
    },
)  # fmt: skip
ANDROID_PUBLISHER = Format(
    name="android_publisher", kind="reviews", store="google_play",
    marks=_marks("comments.usercomment.starrating"),
    is_title_in_text=True,
    is_payload=True,
    columns=_EVERYWHERE | {
        "review_id": ("reviewid",), "rating": ("comments.usercomment.starrating",),
        "text": ("comments.usercomment.text",),
        "date": ("comments.usercomment.lastmodified", "comments.usercomment.lastmodified.seconds"),
        "version": ("comments.usercomment.appversionname",),
        "language": ("comments.usercomment.reviewerlanguage",),
        "thumbs_up": ("comments.usercomment.thumbsupcount",), "reply": ("comments.developercomment.text",),
        "replied_at": ("comments.developercomment.lastmodified",
        "comments.developercomment.lastmodified.seconds"),
        "device": ("comments.usercomment.devicemetadata.productname", "comments.usercomment.device"),
    },
)  # fmt: skip
APP_STORE_CONNECT = _reviews(
    "app_store_connect", "app_store", ("attributes.rating+attributes.createddate",
    "attributes.rating+attributes.body"),
    review_id="id", rating="attributes.rating", title="attributes.title", text="attributes.body",
    date="attributes.createddate", country="attributes.territory", reply="response.responsebody",
    replied_at="response.lastmodifieddate", version="version attributes.version attributes.appversion",
    is_payload=True,
)  # fmt: skip
APP_STORE_FEED = _reviews(
    "app_store_feed", "app_store",
    ("imrating+content", "imrating+updated", "imrating+title", "imrating.label+content.label"),
    review_id="id id.label", rating="imrating imrating.label", title="title title.label",
    text="content content.label",
    date="updated updated.label", version="imversion imversion.label", thumbs_up="imvotesum imvotesum.label",
)  # fmt: skip
GOOGLE_PLAY_SCRAPER = _reviews(
    "google_play_scraper", "google_play", ("reviewid+score", "reviewid+score+content", "content+score+at"),
    review_id="reviewid id", shortest_id=8, rating="score", text="content", date="at",
    version="reviewcreatedversion reviewversion appversion",
    thumbs_up="thumbsupcount thumbsup", reply="replycontent reply replies", replied_at="repliedat",
)  # fmt: skip
GOOGLE_PLAY_SCRAPER_NODE = _reviews(
    "google_play_scraper_node", "google_play",
    ("score+text+thumbsup+date", "score+text+replytext+replydate", "score+scoretext+text"),
    review_id="id reviewid", shortest_id=5, rating="score", title="title", text="text",
    date="date", version="version appversion",
    thumbs_up="thumbsup", reply="replytext", replied_at="replydate",
)  # fmt: skip
APP_STORE_SCRAPER_NODE = _reviews(
    "app_store_scraper_node", "app_store", ("score+text+updated+userurl", "score+text+updated+title+version"),
    review_id="id", shortest_id=5, rating="score", title="title", text="text", date="updated",
    version="version",
)  # fmt: skip
APP_STORE_SCRAPER = _reviews(
    "app_store_scraper", "app_store", ("review+rating+date+isedited", "review+rating+date+username+title"),
    rating="rating", title="title", text="review", date="date", reply="developerresponse.body "
        "developerresponse",
    replied_at="developerresponse.modified",
)  # fmt: skip
APP_STORE_WEB_SCRAPER = _reviews(
    "app_store_web_scraper", "app_store",
    ("id+date+rating+title+review+developerresponse", "id+date+rating+title+content+developerresponse",
     "date+username+rating+content+developerresponse.id"),
    review_id="id", shortest_id=5, rating="rating", title="title", text="content review", date="date",
    version="appversion version",
    reply="developerresponse.body developerresponse",
    replied_at="developerresponse.modified developerresponsemodified",
)  # fmt: skip
APP_REVIEWS = _reviews(
    "app_reviews", None, ("store+appid+rating+body+appversion+createdat",
    "store+rating+body+authorname+createdat"),
    review_id="id", shortest_id=5, rating="rating", title="title", text="body", date="updatedat createdat",
    created="createdat",
    version="appversion", reply="developerreply reply", replied_at="repliedat developerrepliedat",
)  # fmt: skip
SERPAPI_APP_STORE = _reviews(
    "serpapi_app_store", "app_store", ("reviewdate+reviewedversion",
    "reviewdate+text+rating+author.authorid"),
    review_id="id", shortest_id=5, rating="rating", title="title", text="text", date="reviewdate",
    version="reviewedversion",
)  # fmt: skip
SERPAPI_GOOGLE_PLAY = _reviews(
    # Its `title` is the name of who wrote it.
    "serpapi_google_play", "google_play", ("snippet+rating+isodate", "snippet+rating+likes+date"),
    review_id="id", shortest_id=5, rating="rating", text="snippet", date="isodate date", thumbs_up="likes",
    version="version",
    reply="response.snippet", replied_at="response.isodate response.date",
)  # fmt: skip
APPFOLLOW = _reviews(
    "appfollow", None, ("extid+rating+content", "reviewid+appversion+answertext",
    "rating+waschanged+answertext"),
    review_id="reviewid extid", rating="rating", title="title", text="content review", date="updated date",
    created="date created", version="appversion version", reply="answertext", replied_at="answerdate",
)  # fmt: skip
APPBOT = _reviews(
    "appbot", None, ("subject+body+rating+sentiment", "subject+review+rating+sentiment",
    "subject+body+stars+sentiment"),
    review_id="reviewid id", rating="rating stars", title="subject", text="body review", device="device",
    date="date publishedat",
    version="version appversion", reply="replytext reply developerreply", replied_at="replydate repliedat",
)  # fmt: skip
APIFY = _reviews(
    "apify", None, ("appid+rating+body+helpfulcount", "rating+body+replytext+version"),
    review_id="reviewid id", rating="rating", title="title", text="body text", date="date", version="version",
    thumbs_up="helpfulcount", reply="replytext", replied_at="replydate",
)  # fmt: skip
ITUNES_LOOKUP = _scores(
    "itunes_lookup", "app_store", ("trackid+currentversionreleasedate+averageuserrating",), is_observed=True,
    app_id="trackid", title="trackname", version="version", date="currentversionreleasedate",
    score="averageuserrating",
    ratings="userratingcount", notes="releasenotes", url="trackviewurl",
)  # fmt: skip
APP_STORE_APP = _scores(
    "app_store_app", "app_store", ("appid+score+reviews+currentversionscore+updated",), is_observed=True,
    app_id="id appid", title="title", version="version", date="updated", score="score", ratings="reviews",
    notes="releasenotes", url="url",
)  # fmt: skip
GOOGLE_PLAY_APP = _scores(
    "google_play_app", "google_play",
    ("score+ratings+updated+realinstalls", "score+ratings+updated+mininstalls",
    "score+ratings+updated+histogram"),
    is_observed=True, app_id="appid", title="title", version="version", date="updated", score="score",
    ratings="ratings", reviews="reviews", histogram="histogram",
    installs="realinstalls maxinstalls mininstalls installs",
    notes="recentchanges", url="url",
)  # fmt: skip
DISPLAYED_SERIES = _scores(
    "displayed_series", "google_play", ("appid+scoredisplayed+versionupdatedutc",),
    title="title", version="version", date="versionupdatedutc", score="scoredisplayed", ratings="ratings",
    reviews="reviews",
)  # fmt: skip
VERSIONS = _scores(
    "versions", "google_play", ("appid+version+updated+score+ratings",),
    title="title", version="version", date="updated", score="score", ratings="ratings", reviews="reviews",
    installs="installs", notes="recentchanges notes", url="url",
)  # fmt: skip
# The first whose marks a file has; so the one with more of them stands before the one with fewer.
FORMATS = (
    PLAY_CONSOLE, PLAY_CONSOLE_RATINGS, ANDROID_PUBLISHER, APP_STORE_CONNECT, APP_STORE_FEED, ITUNES_LOOKUP,
    GOOGLE_PLAY_SCRAPER, APPFOLLOW, APPBOT, GOOGLE_PLAY_SCRAPER_NODE, APP_STORE_SCRAPER_NODE,
    APP_STORE_SCRAPER,
    APP_STORE_WEB_SCRAPER, APP_REVIEWS, SERPAPI_APP_STORE, SERPAPI_GOOGLE_PLAY, APIFY, DISPLAYED_SERIES,
    APP_STORE_APP,
    GOOGLE_PLAY_APP, VERSIONS, GENERIC,
)  # fmt: skip
MARKS_OF_ALL = tuple(marks for known in FORMATS for marks in known.marks)
