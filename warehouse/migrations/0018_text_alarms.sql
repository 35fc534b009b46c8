-- Alarms are on what texts say, too: of which topic, 'all' for every review. `measure` is then 'share_negative' (negative
-- texts among all) or 'share_complaints' (complaints about the topic among all texts); `why` may be 'went_back' (ended).
alter table inferred.alarms add column topic varchar default 'all';
