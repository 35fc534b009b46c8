-- says: complete is said only for a reason that proves it
-- severity: stop
select batch, outcome, reason from core.coverage
where outcome = 'complete' and reason not in ('reached_watermark', 'end_confirmed');
