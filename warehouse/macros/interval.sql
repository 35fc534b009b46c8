-- The interval engine (docs/statistics.md): how sure is a mean or a share of reviews, when the reviews of one day
-- resemble each other? The same definition as models/ratings/intervals.py; a test holds the two together to 1e-9.
--
-- First a row for each day (with whatever is filtered), then day_sums over those rows, then an interval:
--
--     with days as (
--         select version, day, sum(n_1) as n_1, sum(n_2) as n_2, sum(n_3) as n_3, sum(n_4) as n_4, sum(n_5) as n_5
--         from ratings_daily where app = 'procedures' group by all
--     )
--     select version, unnest(stars_interval(star_sums(n_1, n_2, n_3, n_4, n_5))) from days group by version;

-- Sums over the rows of a group, ONE ROW FOR EACH DAY: of a day's number of reviews, the sum of their values and the
-- sum of the squares. Literals are doubles so that small integer types cannot overflow.
create or replace macro day_sums(n, total, squares) as {
    'n': coalesce(sum(0e0 + n), 0e0), 'total': sum(0e0 + total), 'squares': sum(0e0 + squares),
    'days': (count(*) filter (n > 0))::double,
    'nn': sum((0e0 + n) * n), 'ns': sum((0e0 + n) * total), 'ss': sum((0e0 + total) * total)
};

-- Of a day's star vector (how many reviews gave 1..5 stars).
create or replace macro star_sums(n1, n2, n3, n4, n5) as
    day_sums(
        0e0 + n1 + n2 + n3 + n4 + n5,
        n1 + 2e0 * n2 + 3e0 * n3 + 4e0 * n4 + 5e0 * n5,
        n1 + 4e0 * n2 + 9e0 * n3 + 16e0 * n4 + 25e0 * n5
    );

-- Of how many of a day's reviews are counted: hits among n.
create or replace macro share_sums(hits, n) as day_sums(n, hits, hits);

-- Mean, 95 % interval and design effect of sums `d` over days, on a scale from `bottom` to `top`; `usual` is the
-- variance of one review over the most that its mean allows, as it mostly is. Null where there is no review.
-- Each list_transform gives names to what the next one uses more than once.
create or replace macro mean_interval(d, bottom, top, usual) as
    [{'d': d, 'mean': d.total / nullif(d.n, 0), 'bottom': bottom, 'width': top - bottom, 'usual': usual}]
    -- on a scale from 0 to 1: the mean, the scatter of reviews and, for each review, that of days about it;
    -- `days` are one less than there are, and one huge day among small ones is one day
    .list_transform(lambda x: {
        'n': x.d.n, 'mean': x.mean, 'bottom': x.bottom, 'width': x.width, 'usual': x.usual,
        'place': (x.mean - x.bottom) / x.width,
        'scatter': greatest(x.d.squares - x.d.total * x.mean, 0) / x.width ** 2,
        'off': greatest(x.d.ss - 2 * x.mean * x.d.ns + x.mean ** 2 * x.d.nn, 0) / x.width ** 2
            / nullif(x.d.n, 0) * x.d.days / greatest(x.d.days - 1, 1),
        'crowd': x.d.nn / nullif(x.d.n, 0),
        'days': greatest(x.d.n ** 2 / nullif(x.d.nn, 0) - 1, 0)
    })
    -- the variance of one review is k place (1 - place), learned from the first few that differ
    .list_transform(lambda x: {
        'n': x.n, 'mean': x.mean, 'bottom': x.bottom, 'width': x.width, 'place': x.place, 'off': x.off,
        'crowd': x.crowd, 'days': x.days,
        'most': x.place * (1 - x.place),
        'k': least((x.usual + x.scatter) / (1 + x.n * (x.place * (1 - x.place))), 1)
    })
    -- the design effect, drawn as if by five days to that of two reviews of one day that correlate by 0.03
    .list_transform(lambda x: {
        'n': x.n, 'mean': x.mean, 'bottom': x.bottom, 'width': x.width, 'place': x.place, 'most': x.most, 'k': x.k,
        'freedom': 20 + x.days,
        'design': greatest(1, (
            5 * (1 + 0.03e0 * (x.crowd - 1))
            + x.days * case when x.most > 1e-12 then x.off / (x.k * x.most) else 1 end
        ) / (5 + x.days))
    })
    -- Student's t at 97.5 % by the expansion of Cornish and Fisher; its square over the effective number of reviews
    .list_transform(lambda x: {
        'n': x.n, 'mean': x.mean, 'bottom': x.bottom, 'width': x.width, 'place': x.place, 'most': x.most,
        'design': x.design,
        'pull': x.k * x.design / nullif(x.n, 0) * (
            1.959963984540054e0 + 2.3722712302985625e0 / x.freedom
            + 2.8224986157396104e0 / x.freedom ** 2 + 2.5558496795077223e0 / x.freedom ** 3
        ) ** 2
    })
    -- the score interval (Wilson 1927): the means that the reviews do not contradict
    .list_transform(lambda x: case when x.n > 0 then {
        'mean': x.mean,
        'low': x.bottom + x.width
            * greatest(0, (x.place + x.pull / 2 - sqrt(x.pull * x.most + x.pull ** 2 / 4)) / (1 + x.pull)),
        'high': x.bottom + x.width
            * least(1, (x.place + x.pull / 2 + sqrt(x.pull * x.most + x.pull ** 2 / 4)) / (1 + x.pull)),
        'design': x.design
    } end)[1];

create or replace macro stars_interval(d) as mean_interval(d, 1e0, 5e0, 0.8e0);
create or replace macro share_interval(d) as mean_interval(d, 0e0, 1e0, 1e0);
-- Of sentiment as -1 negative, 0 neutral, 1 positive.
create or replace macro tone_interval(d) as mean_interval(d, -1e0, 1e0, 0.8e0);

-- The difference of two of these intervals, of windows that share no day: what is lopsided about either is kept (Zou
-- and Donner 2008; of two shares Newcombe 1998, method 10). Null where either is.
create or replace macro difference_interval(before, after) as case when before.mean + after.mean is not null then {
    'change': after.mean - before.mean,
    'low': after.mean - before.mean - sqrt((after.mean - after.low) ** 2 + (before.high - before.mean) ** 2),
    'high': after.mean - before.mean + sqrt((after.high - after.mean) ** 2 + (before.mean - before.low) ** 2)
} end;
