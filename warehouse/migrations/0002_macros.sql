-- What a text's name is made of. A change here renames every text, so it is a migration, not code.

-- The text that the model reads: title and body on two lines; null where there is nothing to read,
-- that is no character but blanks of any script.
create macro core.model_text(title, body) as
    case
        when regexp_matches(title, '[^\s\p{Z}]') then
            case when regexp_matches(body, '[^\s\p{Z}]') then concat(title, chr(10), body) else title end
        when regexp_matches(body, '[^\s\p{Z}]') then body
    end;

-- 128 bits of SHA-256, in hexadecimal; null for null.
create macro core.text_hash(model_text) as left(sha256(model_text), 32);
