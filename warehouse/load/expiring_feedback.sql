-- Mark feedback that was sent at or before $soon, once; forget marks of what is gone, of what is not near its end
-- any more, and marks that a clock made which has been set back since.
delete from core.expiring_feedback
where marked_at > $now
    or feedback_id not in (select feedback_id from core.feedback where submitted_at <= $soon);

insert into core.expiring_feedback (feedback_id, marked_at)
select feedback_id, $now from core.feedback
where submitted_at <= $soon and feedback_id not in (select feedback_id from core.expiring_feedback);

-- After a clock that had to be confirmed every grace begins anew.
update core.expiring_feedback set marked_at = $since where marked_at < $since;
