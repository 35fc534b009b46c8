-- Series C: what average did Play Console give each day's ratings, those without text among them? Days are
-- Play Console's, in Pacific time.
-- grain: store, store_app_id, day
-- nullable: app, daily_average, total_average
create or replace view daily_ratings as
select d.store, d.store_app_id, d.day, a.app, d.daily_average, d.total_average, d.source, d.seen_at
from core.daily_ratings d
left join apps a using (store, store_app_id);
