-- Which publication is this file, and how many landing files went into it?
-- grain: revision
-- nullable: model_version
create or replace view publication as
select revision, published_at, landing_files, model_version, schema_version, migration, fingerprint
from core.publication;
