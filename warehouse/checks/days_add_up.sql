-- says: the stars and the sentiments of a day add up to its reviews
-- severity: stop
-- over: days
select app, store, store_app_id, day, version from ratings_daily
where n <> n_1 + n_2 + n_3 + n_4 + n_5 + n_unrated
    or n_classified <> n_negative + n_neutral + n_positive
    or n_classified + n_not_covered > n
union all
select app, store, store_app_id, day, version from topics_daily
where n < n_1 + n_2 + n_3 + n_4 + n_5 or n < n_negative + n_neutral + n_positive;
