-- To what did the testers of one app agree, by cohort, wording and purpose?
select cohort, wording, purpose, people, agreed, declined, withdrew, is_suppressed
from consents where app = $app
order by cohort, wording, purpose;
