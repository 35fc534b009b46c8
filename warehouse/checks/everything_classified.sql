-- says: every text that may be read was read by the serving model
-- severity: warn
-- over: days
select r.text_hash
from core.reviews r
anti join (
    inferred.predictions p join inferred.models m on m.model_version = p.model_version and m.is_serving
) on p.text_hash = r.text_hash
where r.text_hash is not null;
