-- What do the topics mean, and which team owns them?
-- grain: topic
-- nullable: owner
create or replace view topic_catalogue as
select position, topic, label_en, label_ja, lens, owner from core.topic_config order by position;
