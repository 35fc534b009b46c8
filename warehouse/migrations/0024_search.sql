-- The signatures by which full-text search knows what it need not read (warehouse/signatures.py). Null: not made yet, as
-- for what was loaded before this; the next load makes them.
alter table core.reviews add column search_bits_1 hugeint;
alter table core.reviews add column search_bits_2 hugeint;
alter table core.review_history add column search_bits_1 hugeint;
alter table core.review_history add column search_bits_2 hugeint;
alter table core.review_duplicates add column search_bits_1 hugeint;
alter table core.review_duplicates add column search_bits_2 hugeint;
