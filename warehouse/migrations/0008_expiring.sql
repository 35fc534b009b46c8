-- What is near or past the end of its time, and since when that is known: nothing is erased for its age before it
-- has stood here for the days of grace.

-- grain: feedback_id
create table core.expiring_feedback (
    feedback_id varchar not null,
    marked_at timestamptz not null
);

-- grain: tester, app
create table core.expiring_ledger (
    tester varchar not null,
    app varchar not null,
    marked_at timestamptz not null
);
