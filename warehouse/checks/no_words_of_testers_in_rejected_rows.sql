-- says: rows of testers' feedback are put aside without their words
-- severity: stop
select r.batch, r.row_number
from core.rejected_rows r
semi join (select batch from core.coverage where asked_for = 'feedback') c using (batch)
anti join (select batch from core.coverage where asked_for = 'reviews') v using (batch)
where r.excerpt is not null;
