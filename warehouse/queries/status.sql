select
    p.revision, p.published_at, p.model_version, p.landing_files,
    (select count(distinct app) from apps) as apps,
    (select count(distinct app) from apps where is_sample) as sample_apps,
    (select count(*) from reviews) as reviews,
    (select coalesce(sum(redactions), 0)::bigint from reviews) as redactions,
    (select count(*) from rejected_rows) as rejected_rows
from publication p;
