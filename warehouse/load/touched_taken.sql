-- What was touched is built; it is not published yet.
delete from core.unpublished_days;

insert into core.unpublished_days from part.days;

delete from core.touched_days;

delete from core.touched_texts;
