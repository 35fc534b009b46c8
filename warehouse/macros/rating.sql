-- Mean of a star vector (n1..n5 = how many reviews gave 1..5 stars, counts of any integer type; the literals are
-- doubles so that small integer types cannot overflow); null when there are none. Intervals: interval.sql.
-- Made anew with every build of the marts, in the working file and in every published one.
create or replace macro rating_mean(n1, n2, n3, n4, n5) as
    (n1 + 2e0 * n2 + 3e0 * n3 + 4e0 * n4 + 5e0 * n5) / nullif(n1 + 0e0 + n2 + n3 + n4 + n5, 0);
