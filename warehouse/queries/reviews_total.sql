-- How many reviews does this publication hold?
select count(*) as n from reviews;
