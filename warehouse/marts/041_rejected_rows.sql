-- Which rows were put aside, and why?
-- grain: batch, row_number, field, reason
-- nullable: field, excerpt
create or replace view rejected_rows as
select batch, source, file, row_number, field, reason, remedy, excerpt from core.rejected_rows;
