-- Which models have spoken, the serving one first, and how good are they by their own card?
select model_version, name, figures, is_serving, first_used_at
from models order by is_serving desc, first_used_at desc, model_version;
