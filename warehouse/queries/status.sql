select
    p.revision, p.published_at, p.model_version,
    (select count(*) from core.landing_files) as landing_files,
    (select count(distinct app) from apps) as apps,
    (select count(distinct app) from apps where is_sample) as sample_apps,
    (select count(*) from core.reviews) as reviews,
    (select coalesce(sum(redactions), 0)::bigint from core.reviews) as redactions,
    (select count(*) from rejected_rows) as rejected_rows
from publication p;
