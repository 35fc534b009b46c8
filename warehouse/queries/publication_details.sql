-- What is this publication made of?
select
    revision, published_at, landing_files, model_version, schema_version::varchar as schema_version, fingerprint
from publication;
