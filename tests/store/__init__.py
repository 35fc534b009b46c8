"""A loopback store: the wire formats of both app stores on 127.0.0.1, with a plan of faults.

```python
catalogue = Catalogue([play_app("jp.example.app", reviews=10_000, seed=1)])
faults = FaultPlan([Fault("too_many_requests", route="play_reviews", page=3, times=2, retry_after=1)])
with StoreServer(catalogue, faults) as server:
    server.url        # "http://127.0.0.1:port": the base address of every store
    server.clock      # VirtualClock: now(), advance(seconds), set(moment)
    server.requests   # list[Recorded]: time, route, path, params, app, place, page, status, fault
    server.faults.heal()
```

Routes (names for `Fault.route`, exact or with a trailing `*`) and their paths:

| route | path |
|---|---|
| play_reviews | POST /_/PlayStoreUi/data/batchexecute?hl=&gl= (rpc oCPfdb) |
| play_details | GET /store/apps/details?id=&hl=&gl= |
| app_store_feed | GET /{country}/rss/customerreviews/page={n}/id={id}/sortby=mostrecent/json |
| app_store_lookup | GET /lookup?id=&country= |
| connect_reviews | GET /v1/apps/{id}/customerReviews |
| connect_versions | GET /v1/apps/{id}/appStoreVersions |
| connect_version_reviews | GET /v1/appStoreVersions/{id}/customerReviews |
| connect_beta_feedback | GET /v1/apps/{id}/betaFeedbackScreenshotSubmissions, ...CrashSubmissions |
| publisher_token | POST /token |
| publisher_reviews | GET /androidpublisher/v3/applications/{package}/reviews |
| connect_reply | POST /v1/customerReviewResponses |
| publisher_reply | POST /androidpublisher/v3/applications/{package}/reviews/{id}:reply |

Credentials that the server accepts: `server.connect` (`key_id`, `issuer_id`, `private_key` as the text of a
.p8 file) and `server.service_account` (the object of a Google key file; its `token_uri` is this server).
`server.own_apps` are the ids those accounts may read (None: all in the catalogue).

Times: everything the server says (`Date`, Retry-After as a date, which reviews and edits are visible, the
"last week" of androidpublisher) is by `server.clock`, which stands still unless moved or made
`VirtualClock(ticking=True)`. A signed token is accepted if it is valid by that clock or by the real one.
A Retry-After counts as honoured when the client waited by either clock: see `server.too_early()`.

The truth to compare with: `catalogue.listing(store, app_id, place, now)` gives (review, state) pairs, newest
first, where place is a language on Google Play and a country on the App Store.
"""

from tests.store.catalogue import (
    BetaFeedback,
    Catalogue,
    Displayed,
    Reply,
    State,
    StoreApp,
    StoreRelease,
    StoreReview,
    VirtualClock,
)
from tests.store.faults import Fault, FaultPlan
from tests.store.generate import app_store_app, play_app
from tests.store.server import Recorded, StoreServer

__all__ = [
    "BetaFeedback",
    "Catalogue",
    "Displayed",
    "Fault",
    "FaultPlan",
    "Recorded",
    "Reply",
    "State",
    "StoreApp",
    "StoreRelease",
    "StoreReview",
    "StoreServer",
    "VirtualClock",
    "app_store_app",
    "play_app",
]
