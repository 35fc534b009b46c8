-- Which topics did alpha testers raise before a release, and reviewers after it?
-- アルファ版のテスターがリリース前に挙げ、公開後のレビューでも増えた話題は。
select
    t.store, t.release_version, t.topic, t.verdict, t.n_alpha, round(t.share_alpha, 3) as share_alpha,
    round(t.share_before, 3) as share_before, round(t.share_after, 3) as share_after, round(t.change, 3) as change
from alpha_topics t
where t.app = 'sample' and t.named_by_alpha
order by t.store, t.release_version, t.verdict = 'hit' desc, t.change desc, t.topic;
