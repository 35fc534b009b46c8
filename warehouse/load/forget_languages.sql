-- Languages of texts that left reviews and that no other one bears.
delete from inferred.languages l
using (
    select text_hash from core.undetected_texts except select text_hash from core.reviews
) gone
where l.text_hash = gone.text_hash;
