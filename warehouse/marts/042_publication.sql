-- Which publication is this file?
-- grain: revision
create or replace view publication as
select revision, published_at, model_version, schema_version, fingerprint from core.publication;
