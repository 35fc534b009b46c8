-- says: at most one model serves
-- severity: stop
select count(*) as serving from inferred.models where is_serving having count(*) > 1;
