-- Give the reviews of these places in the table the signatures that they lack.
update core.reviews
set search_bits_1 = made.signature.first::hugeint, search_bits_2 = made.signature.second::hugeint
from (
    select rowid as place, text_signature(concat_ws(chr(10), title, text)) as signature
    from core.reviews
    where rowid between $first and $last and search_bits_1 is null
) made
where reviews.rowid = made.place;
