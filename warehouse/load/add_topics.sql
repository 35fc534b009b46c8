insert into inferred.topics (text_hash, model_version, topic, score)
select t.text_hash, $version, t.topic, t.score
from predicted_topics t
anti join inferred.predictions p on p.text_hash = t.text_hash and p.model_version = $version;
