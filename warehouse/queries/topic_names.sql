-- The topics with their names and owners, in the order of topics.toml.
select topic, label_en, label_ja, lens, owner from topic_catalogue order by position;
