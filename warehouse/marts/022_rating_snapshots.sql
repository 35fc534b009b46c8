-- Series A: what did the store itself display, and when?
-- grain: store, store_app_id, country, language, observed_at
-- nullable: country, language, displayed_score, ratings_count, reviews_count, stars_1, stars_2, stars_3,
-- nullable: stars_4, stars_5, installs, version
create or replace view rating_snapshots as
select
    a.app, s.store, s.store_app_id, s.country, s.language, s.observed_at, s.observed_at_basis,
    s.displayed_score, s.ratings_count, s.reviews_count, s.stars_1, s.stars_2, s.stars_3, s.stars_4,
    s.stars_5, s.histogram_is_reweighted, s.installs, s.version,
    coalesce(is_placeholder_version(s.version), false) as is_placeholder, s.source, s.is_sample
from core.rating_snapshots s
join apps a using (store, store_app_id);
