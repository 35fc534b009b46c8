-- Whether the days count every review once: they do not where somebody changed reviews without a note.
select (select count(*) from core.reviews) = (select coalesce(sum(n), 0) from ratings_daily);
