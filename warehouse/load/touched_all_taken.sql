-- Everything is built; no published file is the base of what comes next.
delete from core.unpublished_days;

delete from core.touched_days;

delete from core.touched_texts;

delete from core.touched_whole;

delete from core.published_file;
