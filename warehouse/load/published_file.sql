-- Replaces what is known of the published file. When everything was built last stays known while builds are of what was
-- touched; marts that were not built by warehouse/upkeep.py are the base of nothing.
insert into core.published_file
select
    $revision, $fingerprint, b.made_by, coalesce((select max(whole_at) from core.published_file), $now::timestamptz),
    $increments, $changed
from core.marts_built b
where b.made_by is not null;

delete from core.published_file where revision <> $revision;
