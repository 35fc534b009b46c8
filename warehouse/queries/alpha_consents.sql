-- To what did the testers of one app agree, by cohort, wording and purpose? Cohorts with fewer than five people come
-- last, as one row without a name, a wording and counts.
select cohort, wording, purpose, people, agreed, declined, withdrew, is_suppressed
from consents where app = $app
order by cohort nulls last, wording, purpose;
