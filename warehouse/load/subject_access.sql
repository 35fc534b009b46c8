-- Everything kept of one tester's feedback, with what was inferred from it by any model.
select
    f.*,
    (
        select list({'model_version': p.model_version, 'sentiment': p.sentiment, 'p_negative': p.p_negative,
            'p_neutral': p.p_neutral, 'p_positive': p.p_positive} order by p.model_version)
        from inferred.predictions p where p.text_hash = f.text_hash
    ) as predictions,
    (
        select list({'model_version': t.model_version, 'topic': t.topic, 'score': t.score}
            order by t.model_version, t.topic)
        from inferred.topics t where t.text_hash = f.text_hash
    ) as topics
from core.feedback f
where f.tester = $tester
order by f.app, f.submitted_at, f.feedback_id;
