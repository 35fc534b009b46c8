insert into inferred.predictions
    (text_hash, model_version, sentiment, p_negative, p_neutral, p_positive, predicted_at)
select n.text_hash, $version, n.sentiment, n.p_negative, n.p_neutral, n.p_positive, $now
from predicted n
anti join inferred.predictions p on p.text_hash = n.text_hash and p.model_version = $version;
