-- Which models have spoken, and how good are they by their own card?
-- grain: model_version
-- nullable: figures, confusion
create or replace view models as
select model_version, name, figures, confusion, is_serving, first_used_at from inferred.models;
