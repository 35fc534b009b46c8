-- In how many apps (each store counts) were change points looked for?
select count(*) as searched from (select distinct app, store from rating_series where series in ('A', 'B'));
