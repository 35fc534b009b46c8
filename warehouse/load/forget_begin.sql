-- What is to be taken back of the batch $batch, and which texts might lose their last bearer with it.
create or replace temp table named_before (text_hash varchar);

delete from core.coverage where batch = $batch;

delete from core.rejected_rows where batch = $batch;

delete from core.landing_files where string_split(path, '/')[2] = $batch;
