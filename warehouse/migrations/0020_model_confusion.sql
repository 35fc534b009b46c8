-- What a model takes for what, counted on labelled texts that it never learned from, by task and language: the
-- file confusion.json of its folder. Null or empty where nobody has counted.
alter table inferred.models add column confusion json;
