-- Which texts of testers have a name now; settle_consent.sql sees afterwards which of them lost it.
create or replace temp table named_before as
select distinct text_hash from core.feedback where text_hash is not null;
