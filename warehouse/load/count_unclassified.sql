select count(*)
from (
    select text_hash from core.unread_texts
    except
    select text_hash from inferred.predictions where model_version = $model_version
) waiting
semi join (select text_hash from core.reviews union all select text_hash from core.feedback) using (text_hash);
