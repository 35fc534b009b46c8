-- says: a watched release has a verdict only once its evidence was enough, and the verdict says what it rests on
-- severity: stop
select app, store, release_version, day, verdict, told_on, rests_on, is_withdrawn
from inferred.release_watch
where
    (verdict in ('better', 'worse')) <> (rests_on is not null)
    or (rests_on is not null and (told_on is null or told_on > day or verdict <> direction))
    or (is_withdrawn and (told_on is null or rests_on is not null));
