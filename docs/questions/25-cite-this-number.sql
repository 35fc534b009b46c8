-- What must stand beside a number so that it can be found and made again?
-- 数字を引用するとき、何を添えればよいか。
select
    revision, published_at, code_version, schema_version, config_fingerprint, n_apps, n_batches, n_reviews,
    reviewed_from, reviewed_until, n_requests, n_requests_complete, covered_until
from publication;
