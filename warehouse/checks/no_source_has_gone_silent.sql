-- says: a source that had rows still gives rows
-- severity: warn
select source, store, store_app_id, language, country
from core.coverage
where asked_for = 'reviews'
    -- an ask that was refused says nothing about silence: it must not end the alarm
    and (outcome <> 'failed' or reason = 'gone_silent')
qualify row_number() over (
    partition by source, store, store_app_id, language, country order by finished_at desc, batch desc
) = 1 and reason = 'gone_silent';
