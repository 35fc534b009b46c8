-- One definition each, used by load, marts and analysts alike.

-- The text that the model reads: title and body on two lines; null where there is nothing to read.
create macro core.model_text(title, body) as
    nullif(trim(concat_ws(chr(10), nullif(trim(title), ''), nullif(trim(body), ''))), '');

-- 128 bits of SHA-256, in hexadecimal; null for null.
create macro core.text_hash(model_text) as left(sha256(model_text), 32);
