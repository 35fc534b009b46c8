-- Which apps may somebody see who may see these apps, and all of these owners?
select distinct app from apps
where list_contains($apps::varchar[], app) or list_contains($owners::varchar[], owner)
order by app;
