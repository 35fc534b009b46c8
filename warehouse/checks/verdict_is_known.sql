-- says: every verdict is one of those that the glossary explains
-- severity: stop
with verdicts as (
    select 'release_impact' as said_in, verdict, ['better', 'worse', 'no_clear_change', 'too_few'] as known
    from inferred.release_impact
    union all
    select 'release_watch', verdict, ['better', 'worse', 'no_clear_change', 'too_few'] from inferred.release_watch
    union all
    select 'fix_first', verdict, ['gain', 'unclear', 'too_few'] from inferred.fix_first
    union all
    select 'alpha_foretold', verdict, ['foretold', 'did_not', 'unclear', 'too_few'] from inferred.alpha_foretold
    union all
    select 'alpha_topics', verdict, ['hit', 'missed', 'false_warning', 'quiet', 'too_few']
    from inferred.alpha_topics
)
select said_in, verdict from verdicts where not list_contains(known, verdict);
