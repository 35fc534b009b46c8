-- Full-text search over `reviews` (search.sql): macros of tables, made once the tables are there.

-- The reviews that may hold the words, by one number of their signatures, which DuckDB asks as it reads.
create or replace macro search_candidates(words) as table
    from reviews where search_first_look(search_bits_1, search_bits_2, words);

-- Every review whose title or text holds all words of the query, as `reviews` has it: `from search_reviews('corona warn')`.
create or replace macro search_reviews(query) as table
    select * exclude (search_bits_1, search_bits_2)
    from search_candidates(search_words(query))
    where search_holds(title, text, search_bits_1, search_bits_2, search_words(query));
