-- says: the probabilities of a prediction sum to one
-- severity: stop
select text_hash, model_version from inferred.predictions
where abs(p_negative + p_neutral + p_positive - 1) > 0.001;
