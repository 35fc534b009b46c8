-- says: nothing is left of what a tester had sent before it was erased
-- severity: stop
select f.feedback_id
from core.feedback f
join core.erasures e
    on e.tester = f.tester and (e.app is null or e.app = f.app) and f.submitted_at <= e.erased_until;
